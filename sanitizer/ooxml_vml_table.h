/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The vocabulary of VML: each element of ECMA-376
 * (transitional schemas, and the few extensions of Microsoft that we write),
 * whether it holds text, and its attributes; sorted. What may never be
 * written has been taken out of the lists of the standard.
 */
static const struct xml_name names_xvml[] = {
	{ "Accel", true, "" },
	{ "Accel2", true, "" },
	{ "Anchor", true, "" },
	{ "AutoFill", true, "" },
	{ "AutoLine", true, "" },
	{ "AutoScale", true, "" },
	{ "Cancel", true, "" },
	{ "Checked", true, "" },
	{ "ClientData", false, "ObjectType" },
	{ "ColHidden", true, "" },
	{ "Colored", true, "" },
	{ "Column", true, "" },
	{ "Default", true, "" },
	{ "DefaultSize", true, "" },
	{ "Disabled", true, "" },
	{ "Dismiss", true, "" },
	{ "DropLines", true, "" },
	{ "DropStyle", true, "" },
	{ "Dx", true, "" },
	{ "FirstButton", true, "" },
	{ "Help", true, "" },
	{ "Horiz", true, "" },
	{ "Inc", true, "" },
	{ "JustLastX", true, "" },
	{ "LCT", true, "" },
	{ "ListItem", true, "" },
	{ "LockText", true, "" },
	{ "Locked", true, "" },
	{ "Max", true, "" },
	{ "Min", true, "" },
	{ "MoveWithCells", true, "" },
	{ "MultiLine", true, "" },
	{ "MultiSel", true, "" },
	{ "NoThreeD", true, "" },
	{ "NoThreeD2", true, "" },
	{ "Page", true, "" },
	{ "PrintObject", true, "" },
	{ "Row", true, "" },
	{ "RowHidden", true, "" },
	{ "SecretEdit", true, "" },
	{ "Sel", true, "" },
	{ "SelType", true, "" },
	{ "SizeWithCells", true, "" },
	{ "TextHAlign", true, "" },
	{ "TextVAlign", true, "" },
	{ "UIObj", true, "" },
	{ "VScroll", true, "" },
	{ "VTEdit", true, "" },
	{ "Val", true, "" },
	{ "ValidIds", true, "" },
	{ "Visible", true, "" },
	{ "WidthMin", true, "" },
};

static const struct xml_name names_v[] = {
	{ "arc", false, "alt chromakey coordorigin coordsize endAngle "
	    "fillcolor filled id insetpen o:allowincell o:allowoverlap "
	    "o:borderbottomcolor o:borderleftcolor o:borderrightcolor "
	    "o:bordertopcolor o:bwmode o:bwnormal o:bwpure o:clip "
	    "o:cliptowrap o:connectortype o:dgmlayout o:dgmlayoutmru "
	    "o:dgmnodekind o:forcedash o:hr o:hralign o:hrnoshade o:hrpct "
	    "o:hrstd o:insetmode o:oned o:preferrelative o:regroupid "
	    "o:spid o:spt o:userdrawn o:userhidden opacity print "
	    "startAngle strokecolor stroked strokeweight style title "
	    "wrapcoords" },
	{ "background", false, "fillcolor filled id o:bwmode o:bwnormal "
	    "o:bwpure o:targetscreensize" },
	{ "curve", false, "alt chromakey control1 control2 coordorigin "
	    "coordsize fillcolor filled from id insetpen o:allowincell "
	    "o:allowoverlap o:borderbottomcolor o:borderleftcolor "
	    "o:borderrightcolor o:bordertopcolor o:bwmode o:bwnormal "
	    "o:bwpure o:clip o:cliptowrap o:connectortype o:dgmlayout "
	    "o:dgmlayoutmru o:dgmnodekind o:forcedash o:hr o:hralign "
	    "o:hrnoshade o:hrpct o:hrstd o:insetmode o:oned "
	    "o:preferrelative o:regroupid o:spid o:spt o:userdrawn "
	    "o:userhidden opacity print strokecolor stroked strokeweight "
	    "style title to wrapcoords" },
	{ "f", false, "eqn" },
	{ "fill", false, "alignshape angle aspect color color2 colors "
	    "focus focusposition focussize id method o:opacity2 o:relid "
	    "o:title on opacity origin position r:id recolor rotate size "
	    "type" },
	{ "formulas", false, "" },
	{ "group", false, "alt coordorigin coordsize editas fillcolor "
	    "filled id o:allowincell o:allowoverlap o:borderbottomcolor "
	    "o:borderleftcolor o:borderrightcolor o:bordertopcolor "
	    "o:dgmlayout o:dgmlayoutmru o:dgmnodekind o:hr o:hralign "
	    "o:hrnoshade o:hrpct o:hrstd o:insetmode o:oned o:regroupid "
	    "o:spid o:tablelimits o:tableproperties o:userdrawn "
	    "o:userhidden print style title wrapcoords" },
	{ "h", false, "invx invy map polar position radiusrange switch "
	    "xrange yrange" },
	{ "handles", false, "" },
	{ "image", false, "alt bilevel blacklevel chromakey coordorigin "
	    "coordsize cropbottom cropleft cropright croptop fillcolor "
	    "filled gain gamma grayscale id insetpen o:allowincell "
	    "o:allowoverlap o:borderbottomcolor o:borderleftcolor "
	    "o:borderrightcolor o:bordertopcolor o:bwmode o:bwnormal "
	    "o:bwpure o:clip o:cliptowrap o:connectortype o:dgmlayout "
	    "o:dgmlayoutmru o:dgmnodekind o:forcedash o:hr o:hralign "
	    "o:hrnoshade o:hrpct o:hrstd o:insetmode o:oned "
	    "o:preferrelative o:regroupid o:spid o:spt o:userdrawn "
	    "o:userhidden opacity print strokecolor stroked strokeweight "
	    "style title wrapcoords" },
	{ "imagedata", false, "bilevel blacklevel chromakey cropbottom "
	    "cropleft cropright croptop embosscolor gain gamma grayscale "
	    "id o:relid o:title r:id r:pict recolortarget" },
	{ "line", false, "alt chromakey coordorigin coordsize fillcolor "
	    "filled from id insetpen o:allowincell o:allowoverlap "
	    "o:borderbottomcolor o:borderleftcolor o:borderrightcolor "
	    "o:bordertopcolor o:bwmode o:bwnormal o:bwpure o:clip "
	    "o:cliptowrap o:connectortype o:dgmlayout o:dgmlayoutmru "
	    "o:dgmnodekind o:forcedash o:hr o:hralign o:hrnoshade o:hrpct "
	    "o:hrstd o:insetmode o:oned o:preferrelative o:regroupid "
	    "o:spid o:spt o:userdrawn o:userhidden opacity print "
	    "strokecolor stroked strokeweight style title to wrapcoords" },
	{ "oval", false, "alt chromakey coordorigin coordsize fillcolor "
	    "filled id insetpen o:allowincell o:allowoverlap "
	    "o:borderbottomcolor o:borderleftcolor o:borderrightcolor "
	    "o:bordertopcolor o:bwmode o:bwnormal o:bwpure o:clip "
	    "o:cliptowrap o:connectortype o:dgmlayout o:dgmlayoutmru "
	    "o:dgmnodekind o:forcedash o:hr o:hralign o:hrnoshade o:hrpct "
	    "o:hrstd o:insetmode o:oned o:preferrelative o:regroupid "
	    "o:spid o:spt o:userdrawn o:userhidden opacity print "
	    "strokecolor stroked strokeweight style title wrapcoords" },
	{ "path", false, "arrowok fillok gradientshapeok id insetpenok "
	    "limo o:connectangles o:connectlocs o:connecttype "
	    "o:extrusionok shadowok strokeok textboxrect textpathok v" },
	{ "polyline", false, "alt chromakey coordorigin coordsize "
	    "fillcolor filled id insetpen o:allowincell o:allowoverlap "
	    "o:borderbottomcolor o:borderleftcolor o:borderrightcolor "
	    "o:bordertopcolor o:bwmode o:bwnormal o:bwpure o:clip "
	    "o:cliptowrap o:connectortype o:dgmlayout o:dgmlayoutmru "
	    "o:dgmnodekind o:forcedash o:hr o:hralign o:hrnoshade o:hrpct "
	    "o:hrstd o:insetmode o:oned o:preferrelative o:regroupid "
	    "o:spid o:spt o:userdrawn o:userhidden opacity points print "
	    "strokecolor stroked strokeweight style title wrapcoords" },
	{ "rect", false, "alt chromakey coordorigin coordsize fillcolor "
	    "filled id insetpen o:allowincell o:allowoverlap "
	    "o:borderbottomcolor o:borderleftcolor o:borderrightcolor "
	    "o:bordertopcolor o:bwmode o:bwnormal o:bwpure o:clip "
	    "o:cliptowrap o:connectortype o:dgmlayout o:dgmlayoutmru "
	    "o:dgmnodekind o:forcedash o:hr o:hralign o:hrnoshade o:hrpct "
	    "o:hrstd o:insetmode o:oned o:preferrelative o:regroupid "
	    "o:spid o:spt o:userdrawn o:userhidden opacity print "
	    "strokecolor stroked strokeweight style title wrapcoords" },
	{ "roundrect", false, "alt arcsize chromakey coordorigin "
	    "coordsize fillcolor filled id insetpen o:allowincell "
	    "o:allowoverlap o:borderbottomcolor o:borderleftcolor "
	    "o:borderrightcolor o:bordertopcolor o:bwmode o:bwnormal "
	    "o:bwpure o:clip o:cliptowrap o:connectortype o:dgmlayout "
	    "o:dgmlayoutmru o:dgmnodekind o:forcedash o:hr o:hralign "
	    "o:hrnoshade o:hrpct o:hrstd o:insetmode o:oned "
	    "o:preferrelative o:regroupid o:spid o:spt o:userdrawn "
	    "o:userhidden opacity print strokecolor stroked strokeweight "
	    "style title wrapcoords" },
	{ "shadow", false, "color color2 id matrix obscured offset "
	    "offset2 on opacity origin type" },
	{ "shape", false, "adj alt chromakey coordorigin coordsize "
	    "fillcolor filled id insetpen o:allowincell o:allowoverlap "
	    "o:borderbottomcolor o:borderleftcolor o:borderrightcolor "
	    "o:bordertopcolor o:bwmode o:bwnormal o:bwpure o:clip "
	    "o:cliptowrap o:connectortype o:dgmlayout o:dgmlayoutmru "
	    "o:dgmnodekind o:forcedash o:hr o:hralign o:hrnoshade o:hrpct "
	    "o:hrstd o:insetmode o:oned o:preferrelative o:regroupid "
	    "o:spid o:spt o:userdrawn o:userhidden opacity path print "
	    "strokecolor stroked strokeweight style title type wrapcoords" },
	{ "shapetype", false, "adj alt chromakey coordorigin coordsize "
	    "fillcolor filled id insetpen o:allowincell o:allowoverlap "
	    "o:borderbottomcolor o:borderleftcolor o:borderrightcolor "
	    "o:bordertopcolor o:bwmode o:bwnormal o:bwpure o:clip "
	    "o:cliptowrap o:connectortype o:dgmlayout o:dgmlayoutmru "
	    "o:dgmnodekind o:forcedash o:hr o:hralign o:hrnoshade o:hrpct "
	    "o:hrstd o:insetmode o:master o:oned o:preferrelative "
	    "o:regroupid o:spid o:spt o:userdrawn o:userhidden opacity "
	    "path print strokecolor stroked strokeweight style title "
	    "wrapcoords" },
	{ "stroke", false, "color color2 dashstyle endarrow "
	    "endarrowlength endarrowwidth endcap filltype id "
	    "imagealignshape imageaspect imagesize insetpen joinstyle "
	    "linestyle miterlimit o:forcedash o:relid o:title on opacity "
	    "r:id startarrow startarrowlength startarrowwidth weight" },
	{ "textbox", false, "id inset o:insetmode o:singleclick style" },
	{ "textpath", false, "fitpath fitshape id on string style trim "
	    "xscale" },
};

static const struct xml_name names_o[] = {
	{ "bottom", false, "color color2 dashstyle endarrow "
	    "endarrowlength endarrowwidth endcap filltype imagealignshape "
	    "imageaspect imagesize insetpen joinstyle linestyle "
	    "miterlimit o:forcedash o:title on opacity startarrow "
	    "startarrowlength startarrowwidth v:ext weight" },
	{ "callout", false, "accentbar angle distance drop dropauto gap "
	    "length lengthspecified minusx minusy on textborder type v:ext" },
	{ "clippath", false, "o:v" },
	{ "column", false, "color color2 dashstyle endarrow "
	    "endarrowlength endarrowwidth endcap filltype imagealignshape "
	    "imageaspect imagesize insetpen joinstyle linestyle "
	    "miterlimit o:forcedash o:title on opacity startarrow "
	    "startarrowlength startarrowwidth v:ext weight" },
	{ "complex", false, "v:ext" },
	{ "diagram", false, "autoformat autolayout constrainbounds "
	    "dgmbasetextscale dgmfontsize dgmscalex dgmscaley dgmstyle "
	    "reverse v:ext" },
	{ "entry", false, "new old" },
	{ "equationxml", false, "contentType" },
	{ "extrusion", false, "autorotationcenter backdepth brightness "
	    "color colormode diffusity edge facet foredepth lightface "
	    "lightharsh lightharsh2 lightlevel lightlevel2 lightposition "
	    "lightposition2 lockrotationcenter metal on orientation "
	    "orientationangle plane render rotationangle rotationcenter "
	    "shininess skewamt skewangle specularity type v:ext viewpoint "
	    "viewpointorigin" },
	{ "fill", false, "type v:ext" },
	{ "idmap", false, "data v:ext" },
	{ "left", false, "color color2 dashstyle endarrow endarrowlength "
	    "endarrowwidth endcap filltype imagealignshape imageaspect "
	    "imagesize insetpen joinstyle linestyle miterlimit "
	    "o:forcedash o:title on opacity startarrow startarrowlength "
	    "startarrowwidth v:ext weight" },
	{ "lock", false, "adjusthandles aspectratio cropping grouping "
	    "position rotation selection shapetype text ungrouping v:ext "
	    "verticies" },
	{ "proxy", false, "connectloc end idref start" },
	{ "r", false, "how id idref type" },
	{ "regrouptable", false, "v:ext" },
	{ "rel", false, "idcntr iddest idsrc v:ext" },
	{ "relationtable", false, "v:ext" },
	{ "right", false, "color color2 dashstyle endarrow endarrowlength "
	    "endarrowwidth endcap filltype imagealignshape imageaspect "
	    "imagesize insetpen joinstyle linestyle miterlimit "
	    "o:forcedash o:title on opacity startarrow startarrowlength "
	    "startarrowwidth v:ext weight" },
	{ "rules", false, "v:ext" },
	{ "shapedefaults", false, "fill fillcolor o:allowincell spidmax "
	    "stroke strokecolor style v:ext" },
	{ "shapelayout", false, "v:ext" },
	{ "skew", false, "id matrix offset on origin v:ext" },
	{ "top", false, "color color2 dashstyle endarrow endarrowlength "
	    "endarrowwidth endcap filltype imagealignshape imageaspect "
	    "imagesize insetpen joinstyle linestyle miterlimit "
	    "o:forcedash o:title on opacity startarrow startarrowlength "
	    "startarrowwidth v:ext weight" },
};

static const struct xml_name names_w10[] = {
	{ "anchorlock", false, "" },
	{ "borderbottom", false, "shadow type width" },
	{ "borderleft", false, "shadow type width" },
	{ "borderright", false, "shadow type width" },
	{ "bordertop", false, "shadow type width" },
	{ "wrap", false, "anchorx anchory side type" },
};

static const struct xml_name names_pvml[] = {
};
