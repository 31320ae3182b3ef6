/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabulary of SpreadsheetML: each element of ECMA-376
 * (transitional schemas, and the few extensions of Microsoft that we write),
 * whether it holds text, and its attributes; sorted. What may never be
 * written has been taken out of the lists of the standard.
 */
static const struct xml_name names_x[] = {
	{ "alignment", false, "horizontal indent justifyLastLine "
	    "readingOrder relativeIndent shrinkToFit textRotation "
	    "vertical wrapText" },
	{ "anchor", false, "moveWithCells sizeWithCells" },
	{ "author", true, "" },
	{ "authors", false, "" },
	{ "autoFilter", false, "ref" },
	{ "autoSortScope", false, "" },
	{ "b", false, "c cp f u v val" },
	{ "bgColor", false, "auto indexed rgb theme tint" },
	{ "bookViews", false, "" },
	{ "border", false, "diagonalDown diagonalUp outline" },
	{ "borders", false, "count" },
	{ "bottom", false, "style" },
	{ "brk", false, "id man max min pt" },
	{ "c", false, "cm ph r s t vm" },
	{ "cacheField", false, "caption databaseField formula hierarchy "
	    "level mappingCount memberPropertyField name numFmtId "
	    "propertyName serverField sqlType uniqueList" },
	{ "cacheFields", false, "count" },
	{ "cacheHierarchies", false, "count" },
	{ "cacheHierarchy", false, "allCaption allUniqueName attribute "
	    "caption count defaultMemberUniqueName dimensionUniqueName "
	    "displayFolder hidden iconSet keyAttribute measure "
	    "measureGroup measures memberValueDatatype oneField parentSet "
	    "set time unbalanced unbalancedGroup uniqueName" },
	{ "cacheSource", false, "type" },
	{ "calcPr", false, "calcCompleted calcId calcMode calcOnSave "
	    "concurrentCalc concurrentManualCount forceFullCalc "
	    "fullCalcOnLoad fullPrecision iterate iterateCount "
	    "iterateDelta refMode" },
	{ "calculatedColumnFormula", true, "array" },
	{ "calculatedItem", false, "field formula" },
	{ "calculatedItems", false, "count" },
	{ "cellStyle", false, "builtinId customBuiltin hidden iLevel name "
	    "xfId" },
	{ "cellStyleXfs", false, "count" },
	{ "cellStyles", false, "count" },
	{ "cellXfs", false, "count" },
	{ "cfRule", false, "aboveAverage bottom dxfId equalAverage "
	    "operator percent priority rank stdDev stopIfTrue text "
	    "timePeriod type" },
	{ "cfvo", false, "gte type val" },
	{ "charset", false, "val" },
	{ "chartFormat", false, "chart format series" },
	{ "chartFormats", false, "count" },
	{ "chartsheet", false, "" },
	{ "col", false, "bestFit collapsed customWidth hidden max min "
	    "outlineLevel phonetic style width" },
	{ "colBreaks", false, "count manualBreakCount" },
	{ "colFields", false, "count" },
	{ "colHierarchiesUsage", false, "count" },
	{ "colHierarchyUsage", false, "hierarchyUsage" },
	{ "colItems", false, "count" },
	{ "color", false, "auto indexed rgb theme tint" },
	{ "colorFilter", false, "cellColor dxfId" },
	{ "colorScale", false, "" },
	{ "colors", false, "" },
	{ "cols", false, "" },
	{ "comment", false, "authorId guid ref shapeId" },
	{ "commentList", false, "" },
	{ "comments", false, "" },
	{ "condense", false, "val" },
	{ "conditionalFormat", false, "priority scope type" },
	{ "conditionalFormats", false, "count" },
	{ "conditionalFormatting", false, "pivot sqref" },
	{ "customFilter", false, "operator val" },
	{ "customFilters", false, "and" },
	{ "d", false, "c cp f u v" },
	{ "dataBar", false, "maxLength minLength showValue" },
	{ "dataField", false, "baseField baseItem fld name numFmtId "
	    "showDataAs subtotal" },
	{ "dataFields", false, "count" },
	{ "dataValidation", false, "allowBlank error errorStyle "
	    "errorTitle imeMode operator prompt promptTitle showDropDown "
	    "showErrorMessage showInputMessage sqref type" },
	{ "dataValidations", false, "count disablePrompts xWindow yWindow" },
	{ "dateGroupItem", false, "dateTimeGrouping day hour minute month "
	    "second year" },
	{ "definedName", true, "comment customMenu description function "
	    "functionGroupId help hidden localSheetId name "
	    "publishToServer refersTo sheetId shortcutKey statusBar "
	    "vbProcedure workbookParameter xlm" },
	{ "definedNames", false, "" },
	{ "diagonal", false, "style" },
	{ "dimension", false, "caption measure name ref uniqueName" },
	{ "dimensions", false, "count" },
	{ "discretePr", false, "count" },
	{ "drawing", false, "r:id" },
	{ "dxf", false, "" },
	{ "dxfs", false, "count" },
	{ "dynamicFilter", false, "maxVal maxValIso type val valIso" },
	{ "e", false, "b bc c cp f fc i in st u un v" },
	{ "end", false, "style" },
	{ "evenFooter", true, "" },
	{ "evenHeader", true, "" },
	{ "ext", false, "uri" },
	{ "extLst", false, "" },
	{ "extend", false, "val" },
	{ "f", true, "aca bx ca del1 del2 dt2D dtr r1 r2 ref si t" },
	{ "family", false, "val" },
	{ "fgColor", false, "auto indexed rgb theme tint" },
	{ "field", false, "x" },
	{ "fieldGroup", false, "base par" },
	{ "fileVersion", false, "appName codeName lastEdited lowestEdited "
	    "rupBuild" },
	{ "fill", false, "" },
	{ "fills", false, "count" },
	{ "filter", false, "description evalOrder fld iMeasureFld "
	    "iMeasureHier id mpFld name stringValue1 stringValue2 type val" },
	{ "filterColumn", false, "colId hiddenButton showButton" },
	{ "filters", false, "blank calendarType count" },
	{ "firstFooter", true, "" },
	{ "firstHeader", true, "" },
	{ "font", false, "" },
	{ "fonts", false, "count" },
	{ "format", false, "action dxfId" },
	{ "formats", false, "count" },
	{ "formula", true, "" },
	{ "formula1", true, "" },
	{ "formula2", true, "" },
	{ "gradientFill", false, "bottom degree left right top type" },
	{ "group", false, "caption id name uniqueName uniqueParent" },
	{ "groupItems", false, "count" },
	{ "groupLevel", false, "caption customRollUp uniqueName user" },
	{ "groupLevels", false, "count" },
	{ "groupMember", false, "group uniqueName" },
	{ "groupMembers", false, "count" },
	{ "groups", false, "count" },
	{ "headerFooter", false, "alignWithMargins differentFirst "
	    "differentOddEven scaleWithDoc" },
	{ "horizontal", false, "style" },
	{ "hyperlink", false, "display location r:id ref tooltip" },
	{ "hyperlinks", false, "" },
	{ "i", false, "i r t val" },
	{ "iconFilter", false, "iconId iconSet" },
	{ "iconSet", false, "iconSet percent reverse showValue" },
	{ "ignoredError", false, "calculatedColumn emptyCellReference "
	    "evalError formula formulaRange listDataValidation "
	    "numberStoredAsText sqref twoDigitTextYear unlockedFormula" },
	{ "ignoredErrors", false, "" },
	{ "indexedColors", false, "" },
	{ "is", false, "" },
	{ "item", false, "c d e f h m n s sd t x" },
	{ "items", false, "count" },
	{ "k", false, "n np p" },
	{ "left", false, "style" },
	{ "legacyDrawing", false, "r:id" },
	{ "location", false, "colPageCount firstDataCol firstDataRow "
	    "firstHeaderRow ref rowPageCount" },
	{ "m", false, "b bc c cp f fc i in st u un" },
	{ "map", false, "dimension measureGroup" },
	{ "maps", false, "count" },
	{ "measureGroup", false, "caption name" },
	{ "measureGroups", false, "count" },
	{ "member", false, "name" },
	{ "members", false, "count level" },
	{ "mergeCell", false, "ref" },
	{ "mergeCells", false, "count" },
	{ "mp", false, "field level name nameLen pLen pPos showAsCaption "
	    "showCell showTip" },
	{ "mpMap", false, "v" },
	{ "mps", false, "count" },
	{ "mruColors", false, "" },
	{ "ms", false, "c ns o" },
	{ "n", false, "b bc c cp f fc i in s st u un v x" },
	{ "name", false, "val" },
	{ "numFmt", false, "formatCode numFmtId" },
	{ "numFmts", false, "count" },
	{ "oddFooter", true, "" },
	{ "oddHeader", true, "" },
	{ "outline", false, "val" },
	{ "outlinePr", false, "applyStyles showOutlineSymbols "
	    "summaryBelow summaryRight" },
	{ "p", false, "n np" },
	{ "pageField", false, "cap fld hier item name" },
	{ "pageFields", false, "count" },
	{ "pageItem", false, "name" },
	{ "pageMargins", false, "bottom footer header left right top" },
	{ "pageSetUpPr", false, "autoPageBreaks fitToPage" },
	{ "pageSetup", false, "blackAndWhite cellComments copies draft "
	    "errors firstPageNumber fitToHeight fitToWidth horizontalDpi "
	    "orientation pageOrder paperHeight paperSize paperWidth r:id "
	    "scale useFirstPageNumber usePrinterDefaults verticalDpi" },
	{ "pane", false, "activePane state topLeftCell xSplit ySplit" },
	{ "patternFill", false, "patternType" },
	{ "phoneticPr", false, "alignment fontId type" },
	{ "picture", false, "r:id" },
	{ "pivotArea", false, "axis cacheIndex "
	    "collapsedLevelsAreSubtotals dataOnly field fieldPosition "
	    "grandCol grandRow labelOnly offset outline type" },
	{ "pivotAreas", false, "count" },
	{ "pivotCache", false, "cacheId r:id" },
	{ "pivotCacheDefinition", false, "backgroundQuery createdVersion "
	    "enableRefresh invalid minRefreshableVersion "
	    "missingItemsLimit optimizeMemory r:id recordCount "
	    "refreshOnLoad refreshedBy refreshedDate refreshedDateIso "
	    "refreshedVersion saveData supportAdvancedDrill "
	    "supportSubquery tupleCache upgradeOnRefresh" },
	{ "pivotCacheRecords", false, "count" },
	{ "pivotCaches", false, "" },
	{ "pivotField", false, "allDrilled autoShow avgSubtotal axis "
	    "compact countASubtotal countSubtotal dataField "
	    "dataSourceSort defaultAttributeDrillState defaultSubtotal "
	    "dragOff dragToCol dragToData dragToPage dragToRow "
	    "hiddenLevel hideNewItems includeNewItemsInFilter "
	    "insertBlankRow insertPageBreak itemPageCount maxSubtotal "
	    "measureFilter minSubtotal multipleItemSelectionAllowed name "
	    "nonAutoSortDefault numFmtId outline productSubtotal rankBy "
	    "serverField showAll showDropDowns showPropAsCaption "
	    "showPropCell showPropTip sortType stdDevPSubtotal "
	    "stdDevSubtotal subtotalCaption subtotalTop sumSubtotal "
	    "topAutoShow uniqueMemberProperty varPSubtotal varSubtotal" },
	{ "pivotFields", false, "count" },
	{ "pivotHierarchies", false, "count" },
	{ "pivotHierarchy", false, "caption dragOff dragToCol dragToData "
	    "dragToPage dragToRow includeNewItemsInFilter "
	    "multipleItemSelectionAllowed outline showInFieldList "
	    "subtotalTop" },
	{ "pivotSelection", false, "activeCol activeRow axis click count "
	    "data dimension extendable label max min pane previousCol "
	    "previousRow r:id showHeader start" },
	{ "pivotTableDefinition", false, "applyAlignmentFormats "
	    "applyBorderFormats applyFontFormats applyNumberFormats "
	    "applyPatternFormats applyWidthHeightFormats asteriskTotals "
	    "autoFormatId cacheId chartFormat colGrandTotals "
	    "colHeaderCaption compact compactData createdVersion "
	    "customListSort dataCaption dataOnRows dataPosition "
	    "disableFieldList editData enableDrill enableFieldProperties "
	    "enableWizard errorCaption fieldListSortAscending "
	    "fieldPrintTitles grandTotalCaption gridDropZones immersive "
	    "indent itemPrintTitles mdxSubqueries mergeItem "
	    "minRefreshableVersion missingCaption multipleFieldFilters "
	    "name outline outlineData pageOverThenDown pageStyle pageWrap "
	    "pivotTableStyle preserveFormatting printDrill published "
	    "rowGrandTotals rowHeaderCaption showCalcMbrs "
	    "showDataDropDown showDataTips showDrill showDropZones "
	    "showEmptyCol showEmptyRow showError showHeaders showItems "
	    "showMemberPropertyTips showMissing showMultipleLabel "
	    "subtotalHiddenItems tag updatedVersion useAutoFormatting "
	    "vacatedStyle visualTotals" },
	{ "pivotTableStyleInfo", false, "name showColHeaders "
	    "showColStripes showLastColumn showRowHeaders showRowStripes" },
	{ "printOptions", false, "gridLines gridLinesSet headings "
	    "horizontalCentered verticalCentered" },
	{ "protectedRange", false,
	    "algorithmName hashValue name password saltValue spinCount "
	    "sqref" },
	{ "protectedRanges", false, "" },
	{ "protection", false, "hidden locked" },
	{ "r", false, "" },
	{ "rFont", false, "val" },
	{ "rPh", false, "eb sb" },
	{ "rPr", false, "" },
	{ "rangePr", false, "autoEnd autoStart endDate endNum groupBy "
	    "groupInterval startDate startNum" },
	{ "reference", false, "avgSubtotal byPosition count "
	    "countASubtotal countSubtotal defaultSubtotal field "
	    "maxSubtotal minSubtotal productSubtotal relative selected "
	    "stdDevPSubtotal stdDevSubtotal sumSubtotal varPSubtotal "
	    "varSubtotal" },
	{ "references", false, "count" },
	{ "rgbColor", false, "rgb" },
	{ "right", false, "style" },
	{ "row", false, "collapsed customFormat customHeight hidden ht "
	    "outlineLevel ph r s spans thickBot thickTop" },
	{ "rowBreaks", false, "count manualBreakCount" },
	{ "rowFields", false, "count" },
	{ "rowHierarchiesUsage", false, "count" },
	{ "rowHierarchyUsage", false, "hierarchyUsage" },
	{ "rowItems", false, "count" },
	{ "s", false, "b bc c cp f fc i in st u un v" },
	{ "scenario", false, "comment count hidden locked name user" },
	{ "scenarios", false, "current show sqref" },
	{ "scheme", false, "val" },
	{ "selection", false, "activeCell activeCellId pane sqref" },
	{ "shadow", false, "val" },
	{ "sharedItems", false, "containsBlank containsDate "
	    "containsInteger containsMixedTypes containsNonDate "
	    "containsNumber containsSemiMixedTypes containsString count "
	    "longText maxDate maxValue minDate minValue" },
	{ "sheet", false, "name r:id sheetId state" },
	{ "sheetCalcPr", false, "fullCalcOnLoad" },
	{ "sheetData", false, "refreshError sheetId" },
	{ "sheetFormatPr", false, "baseColWidth customHeight "
	    "defaultColWidth defaultRowHeight outlineLevelCol "
	    "outlineLevelRow thickBottom thickTop zeroHeight" },
	{ "sheetPr", false, "codeName enableFormatConditionsCalculation "
	    "filterMode published syncHorizontal syncRef syncVertical "
	    "transitionEntry transitionEvaluation" },
	{ "sheetProtection", false, "algorithmName autoFilter content "
	    "deleteColumns deleteRows formatCells formatColumns "
	    "formatRows hashValue insertColumns insertHyperlinks "
	    "insertRows objects password pivotTables saltValue scenarios "
	    "selectLockedCells selectUnlockedCells sheet sort spinCount" },
	{ "sheetView", false, "colorId defaultGridColor rightToLeft "
	    "showFormulas showGridLines showOutlineSymbols "
	    "showRowColHeaders showRuler showWhiteSpace showZeros "
	    "tabSelected topLeftCell view windowProtection workbookViewId "
	    "zoomScale zoomScaleNormal zoomScalePageLayoutView "
	    "zoomScaleSheetLayoutView zoomToFit" },
	{ "sheetViews", false, "" },
	{ "sheets", false, "" },
	{ "si", false, "" },
	{ "sortCondition", false, "customList descending dxfId iconId "
	    "iconSet ref sortBy" },
	{ "sortState", false, "caseSensitive columnSort ref sortMethod" },
	{ "sst", false, "count uniqueCount" },
	{ "start", false, "style" },
	{ "stop", false, "position" },
	{ "strike", false, "val" },
	{ "styleSheet", false, "" },
	{ "sz", false, "val" },
	{ "t", true, "b bc c ct fc fi i si st u xml:space" },
	{ "tabColor", false, "auto indexed rgb theme tint" },
	{ "table", false, "comment connectionId dataCellStyle dataDxfId "
	    "displayName headerRowBorderDxfId headerRowCellStyle "
	    "headerRowCount headerRowDxfId id insertRow insertRowShift "
	    "name published ref tableBorderDxfId tableType "
	    "totalsRowBorderDxfId totalsRowCellStyle totalsRowCount "
	    "totalsRowDxfId totalsRowShown" },
	{ "tableColumn", false, "dataCellStyle dataDxfId "
	    "headerRowCellStyle headerRowDxfId id name queryTableFieldId "
	    "totalsRowCellStyle totalsRowDxfId totalsRowFunction "
	    "totalsRowLabel uniqueName" },
	{ "tableColumns", false, "count" },
	{ "tablePart", false, "r:id" },
	{ "tableParts", false, "count" },
	{ "tableStyle", false, "count name pivot table" },
	{ "tableStyleElement", false, "dxfId size type" },
	{ "tableStyleInfo", false, "name showColumnStripes "
	    "showFirstColumn showLastColumn showRowStripes" },
	{ "tableStyles", false, "count defaultPivotStyle defaultTableStyle" },
	{ "tables", false, "count" },
	{ "text", false, "" },
	{ "top", false, "style" },
	{ "top10", false, "filterVal percent top val" },
	{ "totalsRowFormula", true, "array" },
	{ "tpl", false, "fld hier item" },
	{ "tpls", false, "c" },
	{ "u", false, "val" },
	{ "v", true, "xml:space" },
	{ "vertAlign", false, "val" },
	{ "vertical", false, "style" },
	{ "workbook", false, "conformance" },
	{ "workbookPr", false, "allowRefreshQuery autoCompressPictures "
	    "backupFile checkCompatibility codeName date1904 "
	    "defaultThemeVersion filterPrivacy hidePivotFieldList "
	    "promptedSolutions publishItems refreshAllConnections "
	    "saveExternalLinkValues showBorderUnselectedTables "
	    "showInkAnnotation showObjects showPivotChartFilter "
	    "updateLinks" },
	{ "workbookProtection", false, "lockRevision lockStructure "
	    "lockWindows revisionsAlgorithmName revisionsHashValue "
	    "revisionsPassword revisionsPasswordCharacterSet "
	    "revisionsSaltValue revisionsSpinCount workbookAlgorithmName "
	    "workbookHashValue workbookPassword "
	    "workbookPasswordCharacterSet workbookSaltValue "
	    "workbookSpinCount" },
	{ "workbookView", false, "activeTab autoFilterDateGrouping "
	    "firstSheet minimized showHorizontalScroll showSheetTabs "
	    "showVerticalScroll tabRatio visibility windowHeight "
	    "windowWidth xWindow yWindow" },
	{ "worksheet", false, "" },
	{ "worksheetSource", false, "name ref sheet" },
	{ "x", false, "v" },
	{ "xf", false, "applyAlignment applyBorder applyFill applyFont "
	    "applyNumberFormat applyProtection borderId fillId fontId "
	    "numFmtId pivotButton quotePrefix xfId" },
};
