/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabularies of what Microsoft added to the standard and we write: of
 * Excel ([MS-XLSX]) conditional formats and sparklines, check boxes of Word
 * ([MS-DOCX]), styles of charts ([MS-ODRAWXML]). Sorted, as the others are.
 */
static const struct xml_name names_x14[] = {
	{ "axisColor", false, "auto indexed rgb theme tint" },
	{ "borderColor", false, "auto indexed rgb theme tint" },
	{ "cfIcon", false, "iconId iconSet" },
	{ "cfRule", false,
	    "aboveAverage activePresent bottom equalAverage id operator "
	    "percent priority rank stdDev stopIfTrue text timePeriod type" },
	{ "cfvo", false, "gte type" },
	{ "color", false, "auto indexed rgb theme tint" },
	{ "colorAxis", false, "auto indexed rgb theme tint" },
	{ "colorFirst", false, "auto indexed rgb theme tint" },
	{ "colorHigh", false, "auto indexed rgb theme tint" },
	{ "colorLast", false, "auto indexed rgb theme tint" },
	{ "colorLow", false, "auto indexed rgb theme tint" },
	{ "colorMarkers", false, "auto indexed rgb theme tint" },
	{ "colorNegative", false, "auto indexed rgb theme tint" },
	{ "colorScale", false, "" },
	{ "colorSeries", false, "auto indexed rgb theme tint" },
	{ "conditionalFormatting", false, "pivot" },
	{ "conditionalFormattings", false, "" },
	{ "dataBar", false,
	    "axisPosition border direction gradient maxLength minLength "
	    "negativeBarBorderColorSameAsPositive "
	    "negativeBarColorSameAsPositive showValue" },
	{ "dxf", false, "" },
	{ "fillColor", false, "auto indexed rgb theme tint" },
	{ "iconSet", false, "custom iconSet percent reverse showValue" },
	{ "id", true, "" },
	{ "negativeBorderColor", false, "auto indexed rgb theme tint" },
	{ "negativeFillColor", false, "auto indexed rgb theme tint" },
	{ "sparkline", false, "" },
	{ "sparklineGroup", false,
	    "dateAxis displayEmptyCellsAs displayHidden displayXAxis "
	    "first high last lineWeight low manualMax manualMin markers "
	    "maxAxisType minAxisType negative rightToLeft type" },
	{ "sparklineGroups", false, "" },
	{ "sparklines", false, "" },
};
static const struct xml_name names_xm[] = {
	{ "f", true, "" },
	{ "sqref", true, "" },
};
static const struct xml_name names_w14[] = {
	{ "checkbox", false, "" },
	{ "checked", false, "w14:val" },
	{ "checkedState", false, "w14:font w14:val" },
	{ "uncheckedState", false, "w14:font w14:val" },
};
static const struct xml_name names_cs[] = {
	{ "axisTitle", false, "mods" },
	{ "bodyPr", false,
	    "anchor anchorCtr bIns compatLnSpc forceAA fromWordArt "
	    "horzOverflow lIns numCol rIns rot rtlCol spcCol "
	    "spcFirstLastPara tIns upright vert vertOverflow wrap" },
	{ "categoryAxis", false, "mods" },
	{ "chartArea", false, "mods" },
	{ "chartStyle", false, "id" },
	{ "colorStyle", false, "id meth" },
	{ "dataLabel", false, "mods" },
	{ "dataLabelCallout", false, "mods" },
	{ "dataPoint", false, "mods" },
	{ "dataPoint3D", false, "mods" },
	{ "dataPointLine", false, "mods" },
	{ "dataPointMarker", false, "mods" },
	{ "dataPointMarkerLayout", false, "size symbol" },
	{ "dataPointWireframe", false, "mods" },
	{ "dataTable", false, "mods" },
	{ "defRPr", false,
	    "altLang b baseline bmk cap dirty err i kern kumimoji lang "
	    "noProof normalizeH smtClean smtId spc strike sz u" },
	{ "downBar", false, "mods" },
	{ "dropLine", false, "mods" },
	{ "effectRef", false, "idx mods" },
	{ "errorBar", false, "mods" },
	{ "fillRef", false, "idx mods" },
	{ "floor", false, "mods" },
	{ "fontRef", false, "idx mods" },
	{ "gridlineMajor", false, "mods" },
	{ "gridlineMinor", false, "mods" },
	{ "hiLoLine", false, "mods" },
	{ "leaderLine", false, "mods" },
	{ "legend", false, "mods" },
	{ "lineWidthScale", true, "" },
	{ "lnRef", false, "idx mods" },
	{ "plotArea", false, "mods" },
	{ "plotArea3D", false, "mods" },
	{ "seriesAxis", false, "mods" },
	{ "seriesLine", false, "mods" },
	{ "spPr", false, "bwMode" },
	{ "styleClr", false, "val" },
	{ "title", false, "mods" },
	{ "trendline", false, "mods" },
	{ "trendlineLabel", false, "mods" },
	{ "upBar", false, "mods" },
	{ "valueAxis", false, "mods" },
	{ "variation", false, "" },
	{ "wall", false, "mods" },
};
