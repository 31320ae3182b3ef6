/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Elements that may stand in a part, and their attributes:
 * PresentationML, VML (ECMA-376, transitional), without what starts,
 * loads or embeds anything.
 * Sorted. "*": text may stand in it.
 */
#include "verify_opc_part.h"

static const struct opc_name names_p[] = {
	{ "anim", "by calcmode from to valueType" },
	{ "animClr", "clrSpc dir" },
	{ "animEffect", "filter prLst transition" },
	{ "animMotion", "origin path pathEditMode ptsTypes rAng" },
	{ "animRot", "by from to" },
	{ "animScale", "zoomContents" },
	{ "attrName", "*" },
	{ "attrNameLst", "" },
	{ "bg", "bwMode" },
	{ "bgPr", "shadeToTitle" },
	{ "bgRef", "idx" },
	{ "bldAsOne", "" },
	{ "bldDgm", "bld grpId spid uiExpand" },
	{ "bldGraphic", "grpId spid uiExpand" },
	{ "bldLst", "" },
	{ "bldOleChart", "animBg bld grpId spid uiExpand" },
	{ "bldP",
	    "advAuto animBg autoUpdateAnimBg bldLvl build grpId rev spid "
	    "uiExpand" },
	{ "bldSub", "" },
	{ "blinds", "dir" },
	{ "blipFill", "dpi rotWithShape" },
	{ "bodyStyle", "" },
	{ "boolVal", "val" },
	{ "browse", "showScrollbar" },
	{ "by", "x y" },
	{ "cBhvr", "accumulate additive by from override rctx to xfrmType" },
	{ "cNvCxnSpPr", "" },
	{ "cNvGraphicFramePr", "" },
	{ "cNvGrpSpPr", "" },
	{ "cNvPicPr", "preferRelativeResize" },
	{ "cNvPr", "descr hidden id name title" },
	{ "cNvSpPr", "txBox" },
	{ "cSld", "name" },
	{ "cSldViewPr", "showGuides snapToGrid snapToObjects" },
	{ "cTn",
	    "accel afterEffect autoRev bldLvl decel display dur evtFilter "
	    "fill grpId id masterRel nodePh nodeType presetClass presetID "
	    "presetSubtype repeatCount repeatDur restart spd syncBehavior "
	    "tmFilter" },
	{ "cViewPr", "varScale" },
	{ "charRg", "end st" },
	{ "checker", "dir" },
	{ "childTnLst", "" },
	{ "circle", "" },
	{ "clrMap",
	    "accent1 accent2 accent3 accent4 accent5 accent6 bg1 bg2 "
	    "folHlink hlink tx1 tx2" },
	{ "clrMapOvr", "" },
	{ "clrMru", "" },
	{ "clrVal", "" },
	{ "cm", "authorId dt idx" },
	{ "cmAuthor", "clrIdx id initials lastIdx name" },
	{ "cmAuthorLst", "" },
	{ "cmLst", "" },
	{ "comb", "dir" },
	{ "cond", "delay evt" },
	{ "cover", "dir" },
	{ "custShow", "id name" },
	{ "custShowLst", "" },
	{ "cut", "thruBlk" },
	{ "cxnSp", "" },
	{ "defaultTextStyle", "" },
	{ "diamond", "" },
	{ "dissolve", "" },
	{ "endCondLst", "" },
	{ "endSync", "delay evt" },
	{ "excl", "" },
	{ "fade", "thruBlk" },
	{ "fltVal", "val" },
	{ "font", "charset panose pitchFamily typeface" },
	{ "from", "x y" },
	{ "graphicEl", "" },
	{ "graphicFrame", "bwMode" },
	{ "gridSpacing", "cx cy" },
	{ "grpSp", "" },
	{ "grpSpPr", "bwMode" },
	{ "guide", "orient pos" },
	{ "guideLst", "" },
	{ "handoutMaster", "" },
	{ "handoutMasterId", "r:id" },
	{ "handoutMasterIdLst", "" },
	{ "hf", "dt ftr hdr sldNum" },
	{ "hsl", "h l s" },
	{ "inkTgt", "spid" },
	{ "intVal", "val" },
	{ "iterate", "backwards type" },
	{ "kinsoku", "invalEndChars invalStChars lang" },
	{ "kiosk", "restart" },
	{ "newsflash", "" },
	{ "nextCondLst", "" },
	{ "normalViewPr",
	    "horzBarState preferSingleView showOutlineIcons "
	    "snapVertSplitter vertBarState" },
	{ "notes", "showMasterPhAnim showMasterSp" },
	{ "notesMaster", "" },
	{ "notesMasterId", "r:id" },
	{ "notesMasterIdLst", "" },
	{ "notesStyle", "" },
	{ "notesSz", "cx cy" },
	{ "notesTextViewPr", "" },
	{ "notesViewPr", "" },
	{ "nvCxnSpPr", "" },
	{ "nvGraphicFramePr", "" },
	{ "nvGrpSpPr", "" },
	{ "nvPicPr", "" },
	{ "nvPr", "isPhoto userDrawn" },
	{ "nvSpPr", "" },
	{ "oleChartEl", "lvl type" },
	{ "origin", "x y" },
	{ "otherStyle", "" },
	{ "outlineViewPr", "" },
	{ "pRg", "end st" },
	{ "par", "" },
	{ "penClr", "" },
	{ "ph", "hasCustomPrompt idx orient sz type" },
	{ "pic", "" },
	{ "plus", "" },
	{ "pos", "x y" },
	{ "present", "" },
	{ "presentation",
	    "autoCompressPictures bookmarkIdSeed compatMode conformance "
	    "embedTrueTypeFonts firstSlideNum removePersonalInfoOnSave rtl "
	    "saveSubsetFonts serverZoom showSpecialPlsOnTitleSld "
	    "strictFirstAndLastChars" },
	{ "presentationPr", "" },
	{ "prevCondLst", "" },
	{ "prnPr",
	    "clrMode frameSlides hiddenSlides prnWhat scaleToFitPaper" },
	{ "progress", "" },
	{ "pull", "dir" },
	{ "push", "dir" },
	{ "rCtr", "x y" },
	{ "random", "" },
	{ "randomBar", "dir" },
	{ "restoredLeft", "autoAdjust sz" },
	{ "restoredTop", "autoAdjust sz" },
	{ "rgb", "b g r" },
	{ "rtn", "val" },
	{ "scale", "" },
	{ "seq", "concurrent nextAc prevAc" },
	{ "set", "" },
	{ "showPr", "loop showAnimation showNarration useTimings" },
	{ "sld", "collapse r:id show showMasterPhAnim showMasterSp" },
	{ "sldAll", "" },
	{ "sldId", "id r:id" },
	{ "sldIdLst", "" },
	{ "sldLayout",
	    "matchingName preserve showMasterPhAnim showMasterSp type "
	    "userDrawn" },
	{ "sldLayoutId", "id r:id" },
	{ "sldLayoutIdLst", "" },
	{ "sldLst", "" },
	{ "sldMaster", "preserve" },
	{ "sldMasterId", "id r:id" },
	{ "sldMasterIdLst", "" },
	{ "sldRg", "end st" },
	{ "sldSz", "cx cy type" },
	{ "sldTgt", "" },
	{ "slideViewPr", "" },
	{ "sorterViewPr", "showFormatting" },
	{ "sp", "useBgFill" },
	{ "spPr", "bwMode" },
	{ "spTgt", "spid" },
	{ "spTree", "" },
	{ "split", "dir orient" },
	{ "stCondLst", "" },
	{ "strVal", "val" },
	{ "strips", "dir" },
	{ "style", "" },
	{ "subSp", "spid" },
	{ "subTnLst", "" },
	{ "tav", "fmla tm" },
	{ "tavLst", "" },
	{ "text", "*" },
	{ "tgtEl", "" },
	{ "timing", "" },
	{ "titleStyle", "" },
	{ "tmAbs", "val" },
	{ "tmPct", "val" },
	{ "tmpl", "lvl" },
	{ "tmplLst", "" },
	{ "tn", "val" },
	{ "tnLst", "" },
	{ "to", "x y" },
	{ "transition", "advClick advTm spd" },
	{ "txBody", "" },
	{ "txEl", "" },
	{ "txStyles", "" },
	{ "val", "" },
	{ "viewPr", "lastView showComments" },
	{ "wedge", "" },
	{ "wheel", "spokes" },
	{ "wipe", "dir" },
	{ "xfrm", "flipH flipV rot" },
	{ "zoom", "dir" },
};
static const struct opc_name names_v[] = {
	{ "arc",
	    "alt chromakey coordorigin coordsize endAngle fillcolor filled "
	    "id insetpen o:allowincell o:allowoverlap o:borderbottomcolor "
	    "o:borderleftcolor o:borderrightcolor o:bordertopcolor "
	    "o:bwmode o:bwnormal o:bwpure o:clip o:cliptowrap "
	    "o:connectortype o:dgmlayout o:dgmlayoutmru o:dgmnodekind "
	    "o:forcedash o:hr o:hralign o:hrnoshade o:hrpct o:hrstd "
	    "o:insetmode o:oned o:preferrelative o:regroupid o:spid o:spt "
	    "o:userdrawn o:userhidden opacity print startAngle strokecolor "
	    "stroked strokeweight style title wrapcoords" },
	{ "background",
	    "fillcolor filled id o:bwmode o:bwnormal o:bwpure "
	    "o:targetscreensize" },
	{ "curve",
	    "alt chromakey control1 control2 coordorigin coordsize "
	    "fillcolor filled from id insetpen o:allowincell "
	    "o:allowoverlap o:borderbottomcolor o:borderleftcolor "
	    "o:borderrightcolor o:bordertopcolor o:bwmode o:bwnormal "
	    "o:bwpure o:clip o:cliptowrap o:connectortype o:dgmlayout "
	    "o:dgmlayoutmru o:dgmnodekind o:forcedash o:hr o:hralign "
	    "o:hrnoshade o:hrpct o:hrstd o:insetmode o:oned "
	    "o:preferrelative o:regroupid o:spid o:spt o:userdrawn "
	    "o:userhidden opacity print strokecolor stroked strokeweight "
	    "style title to wrapcoords" },
	{ "f", "eqn" },
	{ "fill",
	    "alignshape angle aspect color color2 colors focus "
	    "focusposition focussize id method o:opacity2 o:relid o:title "
	    "on opacity origin position r:id recolor rotate size type" },
	{ "formulas", "" },
	{ "group",
	    "alt coordorigin coordsize editas fillcolor filled id "
	    "o:allowincell o:allowoverlap o:borderbottomcolor "
	    "o:borderleftcolor o:borderrightcolor o:bordertopcolor "
	    "o:dgmlayout o:dgmlayoutmru o:dgmnodekind o:hr o:hralign "
	    "o:hrnoshade o:hrpct o:hrstd o:insetmode o:oned o:regroupid "
	    "o:spid o:tablelimits o:tableproperties o:userdrawn "
	    "o:userhidden print style title wrapcoords" },
	{ "h",
	    "invx invy map polar position radiusrange switch xrange yrange" },
	{ "handles", "" },
	{ "image",
	    "alt bilevel blacklevel chromakey coordorigin coordsize "
	    "cropbottom cropleft cropright croptop fillcolor filled gain "
	    "gamma grayscale id insetpen o:allowincell o:allowoverlap "
	    "o:borderbottomcolor o:borderleftcolor o:borderrightcolor "
	    "o:bordertopcolor o:bwmode o:bwnormal o:bwpure o:clip "
	    "o:cliptowrap o:connectortype o:dgmlayout o:dgmlayoutmru "
	    "o:dgmnodekind o:forcedash o:hr o:hralign o:hrnoshade o:hrpct "
	    "o:hrstd o:insetmode o:oned o:preferrelative o:regroupid "
	    "o:spid o:spt o:userdrawn o:userhidden opacity print "
	    "strokecolor stroked strokeweight style title wrapcoords" },
	{ "imagedata",
	    "bilevel blacklevel chromakey cropbottom cropleft cropright "
	    "croptop embosscolor gain gamma grayscale id o:relid o:title "
	    "r:id r:pict recolortarget" },
	{ "line",
	    "alt chromakey coordorigin coordsize fillcolor filled from id "
	    "insetpen o:allowincell o:allowoverlap o:borderbottomcolor "
	    "o:borderleftcolor o:borderrightcolor o:bordertopcolor "
	    "o:bwmode o:bwnormal o:bwpure o:clip o:cliptowrap "
	    "o:connectortype o:dgmlayout o:dgmlayoutmru o:dgmnodekind "
	    "o:forcedash o:hr o:hralign o:hrnoshade o:hrpct o:hrstd "
	    "o:insetmode o:oned o:preferrelative o:regroupid o:spid o:spt "
	    "o:userdrawn o:userhidden opacity print strokecolor stroked "
	    "strokeweight style title to wrapcoords" },
	{ "oval",
	    "alt chromakey coordorigin coordsize fillcolor filled id "
	    "insetpen o:allowincell o:allowoverlap o:borderbottomcolor "
	    "o:borderleftcolor o:borderrightcolor o:bordertopcolor "
	    "o:bwmode o:bwnormal o:bwpure o:clip o:cliptowrap "
	    "o:connectortype o:dgmlayout o:dgmlayoutmru o:dgmnodekind "
	    "o:forcedash o:hr o:hralign o:hrnoshade o:hrpct o:hrstd "
	    "o:insetmode o:oned o:preferrelative o:regroupid o:spid o:spt "
	    "o:userdrawn o:userhidden opacity print strokecolor stroked "
	    "strokeweight style title wrapcoords" },
	{ "path",
	    "arrowok fillok gradientshapeok id insetpenok limo "
	    "o:connectangles o:connectlocs o:connecttype o:extrusionok "
	    "shadowok strokeok textboxrect textpathok v" },
	{ "polyline",
	    "alt chromakey coordorigin coordsize fillcolor filled id "
	    "insetpen o:allowincell o:allowoverlap o:borderbottomcolor "
	    "o:borderleftcolor o:borderrightcolor o:bordertopcolor "
	    "o:bwmode o:bwnormal o:bwpure o:clip o:cliptowrap "
	    "o:connectortype o:dgmlayout o:dgmlayoutmru o:dgmnodekind "
	    "o:forcedash o:hr o:hralign o:hrnoshade o:hrpct o:hrstd "
	    "o:insetmode o:oned o:preferrelative o:regroupid o:spid o:spt "
	    "o:userdrawn o:userhidden opacity points print strokecolor "
	    "stroked strokeweight style title wrapcoords" },
	{ "rect",
	    "alt chromakey coordorigin coordsize fillcolor filled id "
	    "insetpen o:allowincell o:allowoverlap o:borderbottomcolor "
	    "o:borderleftcolor o:borderrightcolor o:bordertopcolor "
	    "o:bwmode o:bwnormal o:bwpure o:clip o:cliptowrap "
	    "o:connectortype o:dgmlayout o:dgmlayoutmru o:dgmnodekind "
	    "o:forcedash o:hr o:hralign o:hrnoshade o:hrpct o:hrstd "
	    "o:insetmode o:oned o:preferrelative o:regroupid o:spid o:spt "
	    "o:userdrawn o:userhidden opacity print strokecolor stroked "
	    "strokeweight style title wrapcoords" },
	{ "roundrect",
	    "alt arcsize chromakey coordorigin coordsize fillcolor filled "
	    "id insetpen o:allowincell o:allowoverlap o:borderbottomcolor "
	    "o:borderleftcolor o:borderrightcolor o:bordertopcolor "
	    "o:bwmode o:bwnormal o:bwpure o:clip o:cliptowrap "
	    "o:connectortype o:dgmlayout o:dgmlayoutmru o:dgmnodekind "
	    "o:forcedash o:hr o:hralign o:hrnoshade o:hrpct o:hrstd "
	    "o:insetmode o:oned o:preferrelative o:regroupid o:spid o:spt "
	    "o:userdrawn o:userhidden opacity print strokecolor stroked "
	    "strokeweight style title wrapcoords" },
	{ "shadow",
	    "color color2 id matrix obscured offset offset2 on opacity "
	    "origin type" },
	{ "shape",
	    "adj alt chromakey coordorigin coordsize fillcolor filled id "
	    "insetpen o:allowincell o:allowoverlap o:borderbottomcolor "
	    "o:borderleftcolor o:borderrightcolor o:bordertopcolor "
	    "o:bwmode o:bwnormal o:bwpure o:clip o:cliptowrap "
	    "o:connectortype o:dgmlayout o:dgmlayoutmru o:dgmnodekind "
	    "o:forcedash o:hr o:hralign o:hrnoshade o:hrpct o:hrstd "
	    "o:insetmode o:oned o:preferrelative o:regroupid o:spid o:spt "
	    "o:userdrawn o:userhidden opacity path print strokecolor "
	    "stroked strokeweight style title type wrapcoords" },
	{ "shapetype",
	    "adj alt chromakey coordorigin coordsize fillcolor filled id "
	    "insetpen o:allowincell o:allowoverlap o:borderbottomcolor "
	    "o:borderleftcolor o:borderrightcolor o:bordertopcolor "
	    "o:bwmode o:bwnormal o:bwpure o:clip o:cliptowrap "
	    "o:connectortype o:dgmlayout o:dgmlayoutmru o:dgmnodekind "
	    "o:forcedash o:hr o:hralign o:hrnoshade o:hrpct o:hrstd "
	    "o:insetmode o:master o:oned o:preferrelative o:regroupid "
	    "o:spid o:spt o:userdrawn o:userhidden opacity path print "
	    "strokecolor stroked strokeweight style title wrapcoords" },
	{ "stroke",
	    "color color2 dashstyle endarrow endarrowlength endarrowwidth "
	    "endcap filltype id imagealignshape imageaspect imagesize "
	    "insetpen joinstyle linestyle miterlimit o:forcedash o:relid "
	    "o:title on opacity r:id startarrow startarrowlength "
	    "startarrowwidth weight" },
	{ "textbox", "id inset o:insetmode o:singleclick style" },
	{ "textpath", "fitpath fitshape id on string style trim xscale" },
};
static const struct opc_name names_o[] = {
	{ "bottom",
	    "color color2 dashstyle endarrow endarrowlength endarrowwidth "
	    "endcap filltype imagealignshape imageaspect imagesize "
	    "insetpen joinstyle linestyle miterlimit o:forcedash o:title "
	    "on opacity startarrow startarrowlength startarrowwidth v:ext "
	    "weight" },
	{ "callout",
	    "accentbar angle distance drop dropauto gap length "
	    "lengthspecified minusx minusy on textborder type v:ext" },
	{ "clippath", "o:v" },
	{ "column",
	    "color color2 dashstyle endarrow endarrowlength endarrowwidth "
	    "endcap filltype imagealignshape imageaspect imagesize "
	    "insetpen joinstyle linestyle miterlimit o:forcedash o:title "
	    "on opacity startarrow startarrowlength startarrowwidth v:ext "
	    "weight" },
	{ "complex", "v:ext" },
	{ "diagram",
	    "autoformat autolayout constrainbounds dgmbasetextscale "
	    "dgmfontsize dgmscalex dgmscaley dgmstyle reverse v:ext" },
	{ "entry", "new old" },
	{ "equationxml", "contentType" },
	{ "extrusion",
	    "autorotationcenter backdepth brightness color colormode "
	    "diffusity edge facet foredepth lightface lightharsh "
	    "lightharsh2 lightlevel lightlevel2 lightposition "
	    "lightposition2 lockrotationcenter metal on orientation "
	    "orientationangle plane render rotationangle rotationcenter "
	    "shininess skewamt skewangle specularity type v:ext viewpoint "
	    "viewpointorigin" },
	{ "fill", "type v:ext" },
	{ "idmap", "data v:ext" },
	{ "left",
	    "color color2 dashstyle endarrow endarrowlength endarrowwidth "
	    "endcap filltype imagealignshape imageaspect imagesize "
	    "insetpen joinstyle linestyle miterlimit o:forcedash o:title "
	    "on opacity startarrow startarrowlength startarrowwidth v:ext "
	    "weight" },
	{ "lock",
	    "adjusthandles aspectratio cropping grouping position rotation "
	    "selection shapetype text ungrouping v:ext verticies" },
	{ "proxy", "connectloc end idref start" },
	{ "r", "how id idref type" },
	{ "regrouptable", "v:ext" },
	{ "rel", "idcntr iddest idsrc v:ext" },
	{ "relationtable", "v:ext" },
	{ "right",
	    "color color2 dashstyle endarrow endarrowlength endarrowwidth "
	    "endcap filltype imagealignshape imageaspect imagesize "
	    "insetpen joinstyle linestyle miterlimit o:forcedash o:title "
	    "on opacity startarrow startarrowlength startarrowwidth v:ext "
	    "weight" },
	{ "rules", "v:ext" },
	{ "shapedefaults",
	    "fill fillcolor o:allowincell spidmax stroke strokecolor style "
	    "v:ext" },
	{ "shapelayout", "v:ext" },
	{ "skew", "id matrix offset on origin v:ext" },
	{ "top",
	    "color color2 dashstyle endarrow endarrowlength endarrowwidth "
	    "endcap filltype imagealignshape imageaspect imagesize "
	    "insetpen joinstyle linestyle miterlimit o:forcedash o:title "
	    "on opacity startarrow startarrowlength startarrowwidth v:ext "
	    "weight" },
};
