/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Elements that may stand in a part, and their attributes:
 * SpreadsheetML (ECMA-376, transitional), without what starts,
 * loads or embeds anything.
 * Sorted. "*": text may stand in it.
 */
#include "verify_opc_part.h"

static const struct opc_name names_x[] = {
	{ "alignment",
	    "horizontal indent justifyLastLine readingOrder relativeIndent "
	    "shrinkToFit textRotation vertical wrapText" },
	{ "anchor", "moveWithCells sizeWithCells" },
	{ "author", "*" },
	{ "authors", "" },
	{ "autoFilter", "ref" },
	{ "autoSortScope", "" },
	{ "b", "c cp f u v val" },
	{ "bgColor", "auto indexed rgb theme tint" },
	{ "bookViews", "" },
	{ "border", "diagonalDown diagonalUp outline" },
	{ "borders", "count" },
	{ "bottom", "style" },
	{ "brk", "id man max min pt" },
	{ "c", "ph r s t" },
	{ "cacheField",
	    "caption databaseField formula hierarchy level mappingCount "
	    "memberPropertyField name numFmtId propertyName serverField "
	    "sqlType uniqueList" },
	{ "cacheFields", "count" },
	{ "cacheHierarchies", "count" },
	{ "cacheHierarchy",
	    "allCaption allUniqueName attribute caption count "
	    "defaultMemberUniqueName dimensionUniqueName displayFolder "
	    "hidden iconSet keyAttribute measure measureGroup measures "
	    "memberValueDatatype oneField parentSet set time unbalanced "
	    "unbalancedGroup uniqueName" },
	{ "cacheSource", "type" },
	{ "calcPr",
	    "calcCompleted calcId calcMode calcOnSave concurrentCalc "
	    "concurrentManualCount forceFullCalc fullCalcOnLoad "
	    "fullPrecision iterate iterateCount iterateDelta refMode" },
	{ "calculatedColumnFormula", "*array" },
	{ "calculatedItem", "field formula" },
	{ "calculatedItems", "count" },
	{ "cellStyle", "builtinId customBuiltin hidden iLevel name xfId" },
	{ "cellStyleXfs", "count" },
	{ "cellStyles", "count" },
	{ "cellXfs", "count" },
	{ "cfRule",
	    "aboveAverage bottom dxfId equalAverage operator percent "
	    "priority rank stdDev stopIfTrue text timePeriod type" },
	{ "cfvo", "gte type val" },
	{ "charset", "val" },
	{ "chartFormat", "chart format series" },
	{ "chartFormats", "count" },
	{ "chartsheet", "" },
	{ "col",
	    "bestFit collapsed customWidth hidden max min outlineLevel "
	    "phonetic style width" },
	{ "colBreaks", "count manualBreakCount" },
	{ "colFields", "count" },
	{ "colHierarchiesUsage", "count" },
	{ "colHierarchyUsage", "hierarchyUsage" },
	{ "colItems", "count" },
	{ "color", "auto indexed rgb theme tint" },
	{ "colorFilter", "cellColor dxfId" },
	{ "colorScale", "" },
	{ "colors", "" },
	{ "cols", "" },
	{ "comment", "authorId ref" },
	{ "commentList", "" },
	{ "comments", "" },
	{ "condense", "val" },
	{ "conditionalFormat", "priority scope type" },
	{ "conditionalFormats", "count" },
	{ "conditionalFormatting", "pivot sqref" },
	{ "customFilter", "operator val" },
	{ "customFilters", "and" },
	{ "d", "c cp f u v" },
	{ "dataBar", "maxLength minLength showValue" },
	{ "dataField",
	    "baseField baseItem fld name numFmtId showDataAs subtotal" },
	{ "dataFields", "count" },
	{ "dataValidation",
	    "allowBlank error errorStyle errorTitle imeMode operator "
	    "prompt promptTitle showDropDown showErrorMessage "
	    "showInputMessage sqref type" },
	{ "dataValidations", "count disablePrompts xWindow yWindow" },
	{ "dateGroupItem",
	    "dateTimeGrouping day hour minute month second year" },
	{ "definedName", "*hidden localSheetId name" },
	{ "definedNames", "" },
	{ "diagonal", "style" },
	{ "dimension", "caption measure name ref uniqueName" },
	{ "dimensions", "count" },
	{ "discretePr", "count" },
	{ "drawing", "r:id" },
	{ "dxf", "" },
	{ "dxfs", "count" },
	{ "dynamicFilter", "maxVal maxValIso type val valIso" },
	{ "e", "b bc c cp f fc i in st u un v" },
	{ "end", "style" },
	{ "evenFooter", "*" },
	{ "evenHeader", "*" },
	{ "ext", "uri" },
	{ "extLst", "" },
	{ "extend", "val" },
	{ "f", "*ca dt2D dtr r1 r2 ref si t" },
	{ "family", "val" },
	{ "fgColor", "auto indexed rgb theme tint" },
	{ "field", "x" },
	{ "fieldGroup", "base par" },
	{ "fileVersion", "appName lastEdited lowestEdited rupBuild" },
	{ "fill", "" },
	{ "fills", "count" },
	{ "filter",
	    "description evalOrder fld iMeasureFld iMeasureHier id mpFld "
	    "name stringValue1 stringValue2 type val" },
	{ "filterColumn", "colId hiddenButton showButton" },
	{ "filters", "blank calendarType count" },
	{ "firstFooter", "*" },
	{ "firstHeader", "*" },
	{ "font", "" },
	{ "fonts", "count" },
	{ "format", "action dxfId" },
	{ "formats", "count" },
	{ "formula", "*" },
	{ "formula1", "*" },
	{ "formula2", "*" },
	{ "gradientFill", "bottom degree left right top type" },
	{ "group", "caption id name uniqueName uniqueParent" },
	{ "groupItems", "count" },
	{ "groupLevel", "caption customRollUp uniqueName user" },
	{ "groupLevels", "count" },
	{ "groupMember", "group uniqueName" },
	{ "groupMembers", "count" },
	{ "groups", "count" },
	{ "headerFooter",
	    "alignWithMargins differentFirst differentOddEven scaleWithDoc" },
	{ "horizontal", "style" },
	{ "hyperlink", "display location r:id ref tooltip" },
	{ "hyperlinks", "" },
	{ "i", "i r t val" },
	{ "iconFilter", "iconId iconSet" },
	{ "iconSet", "iconSet percent reverse showValue" },
	{ "ignoredError",
	    "calculatedColumn emptyCellReference evalError formula "
	    "formulaRange listDataValidation numberStoredAsText sqref "
	    "twoDigitTextYear unlockedFormula" },
	{ "ignoredErrors", "" },
	{ "indexedColors", "" },
	{ "is", "" },
	{ "item", "c d e f h m n s sd t x" },
	{ "items", "count" },
	{ "k", "n np p" },
	{ "left", "style" },
	{ "legacyDrawing", "r:id" },
	{ "location",
	    "colPageCount firstDataCol firstDataRow firstHeaderRow ref "
	    "rowPageCount" },
	{ "m", "b bc c cp f fc i in st u un" },
	{ "map", "dimension measureGroup" },
	{ "maps", "count" },
	{ "measureGroup", "caption name" },
	{ "measureGroups", "count" },
	{ "member", "name" },
	{ "members", "count level" },
	{ "mergeCell", "ref" },
	{ "mergeCells", "count" },
	{ "mp",
	    "field level name nameLen pLen pPos showAsCaption showCell "
	    "showTip" },
	{ "mpMap", "v" },
	{ "mps", "count" },
	{ "mruColors", "" },
	{ "ms", "c ns o" },
	{ "n", "b bc c cp f fc i in s st u un v x" },
	{ "name", "val" },
	{ "numFmt", "formatCode numFmtId" },
	{ "numFmts", "count" },
	{ "oddFooter", "*" },
	{ "oddHeader", "*" },
	{ "outline", "val" },
	{ "outlinePr",
	    "applyStyles showOutlineSymbols summaryBelow summaryRight" },
	{ "p", "n np" },
	{ "pageField", "cap fld hier item name" },
	{ "pageFields", "count" },
	{ "pageItem", "name" },
	{ "pageMargins", "bottom footer header left right top" },
	{ "pageSetUpPr", "autoPageBreaks fitToPage" },
	{ "pageSetup",
	    "blackAndWhite cellComments copies draft errors "
	    "firstPageNumber fitToHeight fitToWidth horizontalDpi "
	    "orientation pageOrder paperHeight paperSize paperWidth r:id "
	    "scale useFirstPageNumber usePrinterDefaults verticalDpi" },
	{ "pane", "activePane state topLeftCell xSplit ySplit" },
	{ "patternFill", "patternType" },
	{ "phoneticPr", "alignment fontId type" },
	{ "picture", "r:id" },
	{ "pivotArea",
	    "axis cacheIndex collapsedLevelsAreSubtotals dataOnly field "
	    "fieldPosition grandCol grandRow labelOnly offset outline type" },
	{ "pivotAreas", "count" },
	{ "pivotCache", "cacheId r:id" },
	{ "pivotCacheDefinition",
	    "createdVersion enableRefresh invalid minRefreshableVersion "
	    "missingItemsLimit optimizeMemory r:id recordCount "
	    "refreshedDate refreshedDateIso refreshedVersion saveData "
	    "supportAdvancedDrill supportSubquery tupleCache "
	    "upgradeOnRefresh" },
	{ "pivotCacheRecords", "count" },
	{ "pivotCaches", "" },
	{ "pivotField",
	    "allDrilled autoShow avgSubtotal axis compact countASubtotal "
	    "countSubtotal dataField dataSourceSort "
	    "defaultAttributeDrillState defaultSubtotal dragOff dragToCol "
	    "dragToData dragToPage dragToRow hiddenLevel hideNewItems "
	    "includeNewItemsInFilter insertBlankRow insertPageBreak "
	    "itemPageCount maxSubtotal measureFilter minSubtotal "
	    "multipleItemSelectionAllowed name nonAutoSortDefault numFmtId "
	    "outline productSubtotal rankBy serverField showAll "
	    "showDropDowns showPropAsCaption showPropCell showPropTip "
	    "sortType stdDevPSubtotal stdDevSubtotal subtotalCaption "
	    "subtotalTop sumSubtotal topAutoShow uniqueMemberProperty "
	    "varPSubtotal varSubtotal" },
	{ "pivotFields", "count" },
	{ "pivotHierarchies", "count" },
	{ "pivotHierarchy",
	    "caption dragOff dragToCol dragToData dragToPage dragToRow "
	    "includeNewItemsInFilter multipleItemSelectionAllowed outline "
	    "showInFieldList subtotalTop" },
	{ "pivotSelection",
	    "activeCol activeRow axis click count data dimension "
	    "extendable label max min pane previousCol previousRow r:id "
	    "showHeader start" },
	{ "pivotTableDefinition",
	    "applyAlignmentFormats applyBorderFormats applyFontFormats "
	    "applyNumberFormats applyPatternFormats "
	    "applyWidthHeightFormats asteriskTotals autoFormatId cacheId "
	    "chartFormat colGrandTotals colHeaderCaption compact "
	    "compactData createdVersion customListSort dataCaption "
	    "dataOnRows dataPosition disableFieldList editData enableDrill "
	    "enableFieldProperties enableWizard errorCaption "
	    "fieldListSortAscending fieldPrintTitles grandTotalCaption "
	    "gridDropZones immersive indent itemPrintTitles mdxSubqueries "
	    "mergeItem minRefreshableVersion missingCaption "
	    "multipleFieldFilters name outline outlineData "
	    "pageOverThenDown pageStyle pageWrap pivotTableStyle "
	    "preserveFormatting printDrill published rowGrandTotals "
	    "rowHeaderCaption showCalcMbrs showDataDropDown showDataTips "
	    "showDrill showDropZones showEmptyCol showEmptyRow showError "
	    "showHeaders showItems showMemberPropertyTips showMissing "
	    "showMultipleLabel subtotalHiddenItems tag updatedVersion "
	    "useAutoFormatting vacatedStyle visualTotals" },
	{ "pivotTableStyleInfo",
	    "name showColHeaders showColStripes showLastColumn "
	    "showRowHeaders showRowStripes" },
	{ "printOptions",
	    "gridLines gridLinesSet headings horizontalCentered "
	    "verticalCentered" },
	{ "protectedRange",
	    "algorithmName hashValue name password saltValue spinCount "
	    "sqref" },
	{ "protectedRanges", "" },
	{ "protection", "hidden locked" },
	{ "r", "" },
	{ "rFont", "val" },
	{ "rPh", "eb sb" },
	{ "rPr", "" },
	{ "rangePr",
	    "autoEnd autoStart endDate endNum groupBy groupInterval "
	    "startDate startNum" },
	{ "reference",
	    "avgSubtotal byPosition count countASubtotal countSubtotal "
	    "defaultSubtotal field maxSubtotal minSubtotal productSubtotal "
	    "relative selected stdDevPSubtotal stdDevSubtotal sumSubtotal "
	    "varPSubtotal varSubtotal" },
	{ "references", "count" },
	{ "rgbColor", "rgb" },
	{ "right", "style" },
	{ "row",
	    "collapsed customFormat customHeight hidden ht outlineLevel ph "
	    "r s spans thickBot thickTop" },
	{ "rowBreaks", "count manualBreakCount" },
	{ "rowFields", "count" },
	{ "rowHierarchiesUsage", "count" },
	{ "rowHierarchyUsage", "hierarchyUsage" },
	{ "rowItems", "count" },
	{ "s", "b bc c cp f fc i in st u un v" },
	{ "scenario", "comment count hidden locked name user" },
	{ "scenarios", "current show sqref" },
	{ "scheme", "val" },
	{ "selection", "activeCell activeCellId pane sqref" },
	{ "shadow", "val" },
	{ "sharedItems",
	    "containsBlank containsDate containsInteger containsMixedTypes "
	    "containsNonDate containsNumber containsSemiMixedTypes "
	    "containsString count longText maxDate maxValue minDate "
	    "minValue" },
	{ "sheet", "name r:id sheetId state" },
	{ "sheetCalcPr", "fullCalcOnLoad" },
	{ "sheetData", "refreshError sheetId" },
	{ "sheetFormatPr",
	    "baseColWidth customHeight defaultColWidth defaultRowHeight "
	    "outlineLevelCol outlineLevelRow thickBottom thickTop "
	    "zeroHeight" },
	{ "sheetPr",
	    "enableFormatConditionsCalculation filterMode published "
	    "syncHorizontal syncRef syncVertical transitionEntry "
	    "transitionEvaluation" },
	{ "sheetProtection",
	    "algorithmName autoFilter content deleteColumns deleteRows "
	    "formatCells formatColumns formatRows hashValue insertColumns "
	    "insertHyperlinks insertRows objects password pivotTables "
	    "saltValue scenarios selectLockedCells selectUnlockedCells "
	    "sheet sort spinCount" },
	{ "sheetView",
	    "colorId defaultGridColor rightToLeft showFormulas "
	    "showGridLines showOutlineSymbols showRowColHeaders showRuler "
	    "showWhiteSpace showZeros tabSelected topLeftCell view "
	    "windowProtection workbookViewId zoomScale zoomScaleNormal "
	    "zoomScalePageLayoutView zoomScaleSheetLayoutView zoomToFit" },
	{ "sheetViews", "" },
	{ "sheets", "" },
	{ "si", "" },
	{ "sortCondition",
	    "customList descending dxfId iconId iconSet ref sortBy" },
	{ "sortState", "caseSensitive columnSort ref sortMethod" },
	{ "sst", "count uniqueCount" },
	{ "start", "style" },
	{ "stop", "position" },
	{ "strike", "val" },
	{ "styleSheet", "" },
	{ "sz", "val" },
	{ "t", "*b bc c ct fc fi i si st u xml:space" },
	{ "tabColor", "auto indexed rgb theme tint" },
	{ "table",
	    "comment dataCellStyle dataDxfId displayName "
	    "headerRowBorderDxfId headerRowCellStyle headerRowCount "
	    "headerRowDxfId id insertRow insertRowShift name ref "
	    "tableBorderDxfId tableType totalsRowBorderDxfId "
	    "totalsRowCellStyle totalsRowCount totalsRowDxfId "
	    "totalsRowShown" },
	{ "tableColumn",
	    "dataCellStyle dataDxfId headerRowCellStyle headerRowDxfId id "
	    "name totalsRowCellStyle totalsRowDxfId totalsRowFunction "
	    "totalsRowLabel uniqueName" },
	{ "tableColumns", "count" },
	{ "tablePart", "r:id" },
	{ "tableParts", "count" },
	{ "tableStyle", "count name pivot table" },
	{ "tableStyleElement", "dxfId size type" },
	{ "tableStyleInfo",
	    "name showColumnStripes showFirstColumn showLastColumn "
	    "showRowStripes" },
	{ "tableStyles", "count defaultPivotStyle defaultTableStyle" },
	{ "tables", "count" },
	{ "text", "" },
	{ "top", "style" },
	{ "top10", "filterVal percent top val" },
	{ "totalsRowFormula", "*array" },
	{ "tpl", "fld hier item" },
	{ "tpls", "c" },
	{ "u", "val" },
	{ "v", "*xml:space" },
	{ "vertAlign", "val" },
	{ "vertical", "style" },
	{ "workbook", "conformance" },
	{ "workbookPr",
	    "autoCompressPictures backupFile checkCompatibility date1904 "
	    "defaultThemeVersion filterPrivacy showBorderUnselectedTables "
	    "showInkAnnotation showObjects showPivotChartFilter" },
	{ "workbookProtection",
	    "lockRevision lockStructure lockWindows revisionsAlgorithmName "
	    "revisionsHashValue revisionsPassword "
	    "revisionsPasswordCharacterSet revisionsSaltValue "
	    "revisionsSpinCount workbookAlgorithmName workbookHashValue "
	    "workbookPassword workbookPasswordCharacterSet "
	    "workbookSaltValue workbookSpinCount" },
	{ "workbookView",
	    "activeTab autoFilterDateGrouping firstSheet minimized "
	    "showHorizontalScroll showSheetTabs showVerticalScroll "
	    "tabRatio visibility windowHeight windowWidth xWindow yWindow" },
	{ "worksheet", "" },
	{ "worksheetSource", "name ref sheet" },
	{ "x", "v" },
	{ "xf",
	    "applyAlignment applyBorder applyFill applyFont "
	    "applyNumberFormat applyProtection borderId fillId fontId "
	    "numFmtId pivotButton quotePrefix xfId" },
};
static const struct opc_name names_xvml[] = {
	{ "Accel", "*" },
	{ "Accel2", "*" },
	{ "Anchor", "*" },
	{ "AutoFill", "*" },
	{ "AutoLine", "*" },
	{ "AutoScale", "*" },
	{ "Cancel", "*" },
	{ "Checked", "*" },
	{ "ClientData", "ObjectType" },
	{ "ColHidden", "*" },
	{ "Colored", "*" },
	{ "Column", "*" },
	{ "Default", "*" },
	{ "DefaultSize", "*" },
	{ "Disabled", "*" },
	{ "Dismiss", "*" },
	{ "DropLines", "*" },
	{ "DropStyle", "*" },
	{ "Dx", "*" },
	{ "FirstButton", "*" },
	{ "Help", "*" },
	{ "Horiz", "*" },
	{ "Inc", "*" },
	{ "JustLastX", "*" },
	{ "LCT", "*" },
	{ "ListItem", "*" },
	{ "LockText", "*" },
	{ "Locked", "*" },
	{ "Max", "*" },
	{ "Min", "*" },
	{ "MoveWithCells", "*" },
	{ "MultiLine", "*" },
	{ "MultiSel", "*" },
	{ "NoThreeD", "*" },
	{ "NoThreeD2", "*" },
	{ "Page", "*" },
	{ "PrintObject", "*" },
	{ "Row", "*" },
	{ "RowHidden", "*" },
	{ "SecretEdit", "*" },
	{ "Sel", "*" },
	{ "SelType", "*" },
	{ "SizeWithCells", "*" },
	{ "TextHAlign", "*" },
	{ "TextVAlign", "*" },
	{ "UIObj", "*" },
	{ "VScroll", "*" },
	{ "VTEdit", "*" },
	{ "Val", "*" },
	{ "ValidIds", "*" },
	{ "Visible", "*" },
	{ "WidthMin", "*" },
};
