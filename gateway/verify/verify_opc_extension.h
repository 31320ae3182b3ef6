/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Elements that may stand in a part, and their attributes: what Microsoft
 * added to the standard, without slicers, timelines and all that loads
 * anything.
 * Sorted. "*": text may stand in it.
 */
static const struct opc_name names_x14[] = {
	{ "axisColor", "auto indexed rgb theme tint" },
	{ "borderColor", "auto indexed rgb theme tint" },
	{ "cfIcon", "iconId iconSet" },
	{ "cfRule",
	    "aboveAverage activePresent bottom equalAverage id operator "
	    "percent priority rank stdDev stopIfTrue text timePeriod type" },
	{ "cfvo", "gte type" },
	{ "color", "auto indexed rgb theme tint" },
	{ "colorAxis", "auto indexed rgb theme tint" },
	{ "colorFirst", "auto indexed rgb theme tint" },
	{ "colorHigh", "auto indexed rgb theme tint" },
	{ "colorLast", "auto indexed rgb theme tint" },
	{ "colorLow", "auto indexed rgb theme tint" },
	{ "colorMarkers", "auto indexed rgb theme tint" },
	{ "colorNegative", "auto indexed rgb theme tint" },
	{ "colorScale", "" },
	{ "colorSeries", "auto indexed rgb theme tint" },
	{ "conditionalFormatting", "pivot" },
	{ "conditionalFormattings", "" },
	{ "dataBar",
	    "axisPosition border direction gradient maxLength minLength "
	    "negativeBarBorderColorSameAsPositive "
	    "negativeBarColorSameAsPositive showValue" },
	{ "dxf", "" },
	{ "fillColor", "auto indexed rgb theme tint" },
	{ "iconSet", "custom iconSet percent reverse showValue" },
	{ "id", "*" },
	{ "negativeBorderColor", "auto indexed rgb theme tint" },
	{ "negativeFillColor", "auto indexed rgb theme tint" },
	{ "sparkline", "" },
	{ "sparklineGroup",
	    "dateAxis displayEmptyCellsAs displayHidden displayXAxis "
	    "first high last lineWeight low manualMax manualMin markers "
	    "maxAxisType minAxisType negative rightToLeft type" },
	{ "sparklineGroups", "" },
	{ "sparklines", "" },
};
static const struct opc_name names_xm[] = {
	{ "f", "*" },
	{ "sqref", "*" },
};
static const struct opc_name names_w14[] = {
	{ "checkbox", "" },
	{ "checked", "w14:val" },
	{ "checkedState", "w14:font w14:val" },
	{ "uncheckedState", "w14:font w14:val" },
};
static const struct opc_name names_cs[] = {
	{ "axisTitle", "mods" },
	{ "bodyPr",
	    "anchor anchorCtr bIns compatLnSpc forceAA fromWordArt "
	    "horzOverflow lIns numCol rIns rot rtlCol spcCol "
	    "spcFirstLastPara tIns upright vert vertOverflow wrap" },
	{ "categoryAxis", "mods" },
	{ "chartArea", "mods" },
	{ "chartStyle", "id" },
	{ "colorStyle", "id meth" },
	{ "dataLabel", "mods" },
	{ "dataLabelCallout", "mods" },
	{ "dataPoint", "mods" },
	{ "dataPoint3D", "mods" },
	{ "dataPointLine", "mods" },
	{ "dataPointMarker", "mods" },
	{ "dataPointMarkerLayout", "size symbol" },
	{ "dataPointWireframe", "mods" },
	{ "dataTable", "mods" },
	{ "defRPr",
	    "altLang b baseline bmk cap dirty err i kern kumimoji lang "
	    "noProof normalizeH smtClean smtId spc strike sz u" },
	{ "downBar", "mods" },
	{ "dropLine", "mods" },
	{ "effectRef", "idx mods" },
	{ "errorBar", "mods" },
	{ "fillRef", "idx mods" },
	{ "floor", "mods" },
	{ "fontRef", "idx mods" },
	{ "gridlineMajor", "mods" },
	{ "gridlineMinor", "mods" },
	{ "hiLoLine", "mods" },
	{ "leaderLine", "mods" },
	{ "legend", "mods" },
	{ "lineWidthScale", "*" },
	{ "lnRef", "idx mods" },
	{ "plotArea", "mods" },
	{ "plotArea3D", "mods" },
	{ "seriesAxis", "mods" },
	{ "seriesLine", "mods" },
	{ "spPr", "bwMode" },
	{ "styleClr", "val" },
	{ "title", "mods" },
	{ "trendline", "mods" },
	{ "trendlineLabel", "mods" },
	{ "upBar", "mods" },
	{ "valueAxis", "mods" },
	{ "variation", "" },
	{ "wall", "mods" },
};
