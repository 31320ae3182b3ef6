/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The types of files that we can name, and the extensions that stand for
 * them. What kind a type is decides who handles it (handler.c); what no
 * handler takes is removed under the name that stands here.
 */
#include "detect.h"

#include <string.h>

static const struct file_type types[] = {
	/* the first row is what nobody knows */
	{ "unknown", PART_UNKNOWN, "不明", "unknown" },
	{ "text", PART_TEXT, "テキスト", "text" },
	{ "csv", PART_CSV, "CSV(表形式テキスト)", "CSV table" },
	{ "html", PART_HTML, "HTML文書", "HTML document" },
	{ "mail", PART_MAIL, "メール", "mail" },
	{ "mht", PART_MHT, "Webアーカイブ(MHT)", "web archive" },
	{ "ics", PART_CALENDAR, "予定表(iCalendar)", "calendar" },
	{ "vcf", PART_VCARD, "連絡先(vCard)", "contact card" },
	{ "xml", PART_XML, "XML文書", "XML document" },
	{ "svg", PART_SVG, "SVG画像", "SVG image" },
	{ "jpeg", PART_JPEG, "JPEG画像", "JPEG image" },
	{ "png", PART_PNG, "PNG画像", "PNG image" },
	{ "gif", PART_GIF, "GIF画像", "GIF image" },
	{ "webp", PART_WEBP, "WebP画像", "WebP image" },
	{ "bmp", PART_BMP, "BMP画像", "BMP image" },
	{ "tiff", PART_TIFF, "TIFF画像", "TIFF image" },
	{ "heic", PART_HEIC, "HEIC画像", "HEIC image" },
	{ "image", PART_MEDIA, "対応していない形式の画像",
	    "image of an unsupported format" },
	{ "pdf", PART_PDF, "PDF文書", "PDF document" },
	{ "docx", PART_OOXML, "Word文書", "Word document" },
	{ "docm", PART_OOXML, "Word文書(マクロ付き)",
	    "Word document with macros" },
	{ "xlsx", PART_OOXML, "Excelブック", "Excel workbook" },
	{ "xlsm", PART_OOXML, "Excelブック(マクロ付き)",
	    "Excel workbook with macros" },
	{ "xlsb", PART_OOXML, "Excelバイナリブック",
	    "Excel binary workbook" },
	{ "pptx", PART_OOXML, "PowerPoint資料", "PowerPoint presentation" },
	{ "pptm", PART_OOXML, "PowerPoint資料(マクロ付き)",
	    "PowerPoint presentation with macros" },
	{ "ooxml", PART_OOXML, "Office文書", "Office document" },
	{ "odf", PART_ODF, "OpenDocument文書", "OpenDocument file" },
	{ "doc", PART_CFB, "Word文書(旧形式)", "Word document (old)" },
	{ "xls", PART_CFB, "Excelブック(旧形式)", "Excel workbook (old)" },
	{ "ppt", PART_CFB, "PowerPoint資料(旧形式)",
	    "PowerPoint presentation (old)" },
	{ "msg", PART_CFB, "Outlookのメッセージ", "Outlook message" },
	{ "jtd", PART_CFB, "一太郎文書", "Ichitaro document" },
	{ "hwp", PART_CFB, "Hangul文書", "Hangul document" },
	{ "vsd", PART_CFB, "Visio図面", "Visio drawing" },
	{ "pub", PART_CFB, "Publisher文書", "Publisher document" },
	{ "ooxml-encrypted", PART_CFB, "パスワード付きOffice文書",
	    "Office document with a password" },
	{ "cfb", PART_CFB, "Office旧形式のファイル", "old Office file" },
	{ "rtf", PART_RTF, "リッチテキスト文書", "rich text document" },
	{ "zip", PART_ZIP, "ZIP書庫", "ZIP archive" },
	{ "lzh", PART_ARCHIVE, "LZH書庫", "LZH archive" },
	{ "7z", PART_ARCHIVE, "7z書庫", "7z archive" },
	{ "rar", PART_ARCHIVE, "RAR書庫", "RAR archive" },
	{ "cab", PART_ARCHIVE, "CAB書庫", "CAB archive" },
	{ "tar", PART_ARCHIVE, "tar書庫", "tar archive" },
	{ "gz", PART_ARCHIVE, "圧縮ファイル", "compressed file" },
	{ "iso", PART_ARCHIVE, "ディスクイメージ", "disc image" },
	{ "archive", PART_ARCHIVE, "書庫ファイル", "archive" },
	{ "tnef", PART_TNEF, "Outlook独自形式の添付(winmail.dat)",
	    "Outlook's own container (winmail.dat)" },
	{ "smime", PART_SMIME, "電子署名・暗号データ(S/MIME)",
	    "S/MIME signature or encrypted data" },
	{ "pgp", PART_PGP, "電子署名・暗号データ(PGP)",
	    "PGP signature or encrypted data" },
	{ "exe", PART_ACTIVE, "実行プログラム", "program" },
	{ "script", PART_ACTIVE, "スクリプト", "script" },
	{ "jar", PART_ACTIVE, "Javaプログラム", "Java program" },
	{ "msi", PART_ACTIVE, "インストーラー", "installer" },
	{ "lnk", PART_ACTIVE, "ショートカット", "shortcut" },
	{ "one", PART_ACTIVE, "OneNoteファイル", "OneNote file" },
	{ "chm", PART_ACTIVE, "ヘルプファイル", "help file" },
	{ "swf", PART_ACTIVE, "Flashファイル", "Flash file" },
	{ "hta", PART_ACTIVE, "HTMLアプリケーション", "HTML application" },
	{ "settings", PART_ACTIVE, "設定ファイル・接続情報",
	    "settings or connection file" },
	{ "mdb", PART_ACTIVE, "Accessデータベース", "Access database" },
	{ "disk", PART_ACTIVE, "仮想ディスク", "virtual disk" },
	{ "package", PART_ACTIVE, "ソフトウェアパッケージ",
	    "software package" },
	{ "pst", PART_ACTIVE, "Outlookデータファイル", "Outlook data file" },
	{ "ps", PART_ACTIVE, "PostScript文書", "PostScript document" },
	{ "slk", PART_ACTIVE, "表計算の交換形式(SYLK等)",
	    "spreadsheet exchange format" },
	{ "addin", PART_ACTIVE, "Officeアドイン・テンプレート",
	    "Office add-in" },
	{ "xdw", PART_MEDIA, "DocuWorks文書", "DocuWorks document" },
	{ "cad", PART_MEDIA, "CAD図面", "CAD drawing" },
	{ "audio", PART_MEDIA, "音声ファイル", "audio file" },
	{ "video", PART_MEDIA, "動画ファイル", "video file" },
	{ "font", PART_MEDIA, "フォントファイル", "font file" },
	{ "database", PART_MEDIA, "データベースファイル", "database file" },
	{ "partial", PART_ACTIVE, "分割されたメール・外部参照",
	    "partial mail or external reference" },
	{ "encoded", PART_UNKNOWN, "本文内に埋め込まれたファイル",
	    "file inside the text" },
};

/* Extensions, blank-separated, for each label. */
static const struct {
	const char	*label;
	const char	*extensions;
} extensions[] = {
	{ "text", " txt log md text asc " },
	{ "csv", " csv tsv " },
	{ "html", " htm html xhtml shtml " },
	{ "mht", " mht mhtml " },
	{ "mail", " eml " },
	{ "ics", " ics " },
	{ "vcf", " vcf " },
	{ "xml", " xml " },
	{ "svg", " svg svgz " },
	{ "jpeg", " jpg jpeg jpe jfif " },
	{ "png", " png " },
	{ "gif", " gif " },
	{ "webp", " webp " },
	{ "bmp", " bmp dib " },
	{ "tiff", " tif tiff " },
	{ "heic", " heic heif avif " },
	{ "image", " psd ico wmf emf jp2 jxl dcm pcx tga raw eps " },
	{ "pdf", " pdf " },
	{ "docx", " docx dotx " },
	{ "docm", " docm dotm " },
	{ "xlsx", " xlsx xltx " },
	{ "xlsm", " xlsm xltm " },
	{ "xlsb", " xlsb " },
	{ "pptx", " pptx ppsx potx " },
	{ "pptm", " pptm ppsm potm " },
	{ "odf", " odt ods odp odg ott ots " },
	{ "doc", " doc dot " },
	{ "xls", " xls xlt " },
	{ "ppt", " ppt pps pot " },
	{ "msg", " msg " },
	{ "jtd", " jtd jtt jtdc jttc " },
	{ "hwp", " hwp " },
	{ "vsd", " vsd vsdx " },
	{ "pub", " pub " },
	{ "rtf", " rtf " },
	{ "zip", " zip zipx " },
	{ "lzh", " lzh lha " },
	{ "7z", " 7z " },
	{ "rar", " rar " },
	{ "cab", " cab " },
	{ "tar", " tar " },
	{ "gz", " gz tgz bz2 xz zst z " },
	{ "iso", " iso img udf " },
	{ "archive", " arj ace " },
	{ "smime", " p7s p7m p7c " },
	{ "pgp", " asc pgp gpg sig " },
	{ "exe", " exe scr com pif cpl dll ocx sys ipa apk " },
	{ "script", " js jse vbs vbe wsf wsh wsc sct ps1 psm1 psd1 bat cmd "
	    "sh py rb pl php " },
	{ "jar", " jar class jnlp " },
	{ "msi", " msi msp mst msix appx appinstaller application "
	    "appref-ms vsto " },
	{ "lnk", " lnk url website webloc desktop " },
	{ "one", " one onepkg onetoc2 " },
	{ "chm", " chm hlp " },
	{ "swf", " swf " },
	{ "hta", " hta " },
	{ "settings", " scf inf reg rdp settingcontent-ms library-ms "
	    "search-ms searchconnector-ms theme themepack diagcab gadget "
	    "osd job " },
	{ "mdb", " mdb accdb ade adp mde accde " },
	{ "disk", " vhd vhdx wim dmg " },
	{ "package", " deb rpm pkg " },
	{ "pst", " pst ost " },
	{ "ps", " ps xps oxps " },
	{ "slk", " slk dif sylk iqy oqy rqy dqy " },
	{ "addin", " xla xlam xll wll ppa ppam ppkg " },
	{ "xdw", " xdw xbd xct " },
	{ "cad", " jww jwc dxf dwg sfc p21 p2z " },
	{ "audio", " mp3 wav wma m4a aac flac ogg " },
	{ "video", " mp4 mov avi wmv mkv mpg mpeg m4v webm " },
	{ "font", " ttf otf ttc woff woff2 " },
};

const struct file_type *
file_type_find(const char *label)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].label, label) == 0)
			return &types[i];
	return &types[0];
}

const struct file_type *
file_type_of_extension(struct span extension)
{
	char word[24];
	size_t n = 0;

	if (extension.len == 0 || extension.len > sizeof(word) - 3)
		return NULL;
	word[n++] = ' ';
	for (size_t i = 0; i < extension.len; i++) {
		if (extension.ptr[i] <= ' ')
			return NULL;
		word[n++] = (char)ascii_lower(extension.ptr[i]);
	}
	word[n++] = ' ';
	word[n] = '\0';
	for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]);
	    i++)
		if (strstr(extensions[i].extensions, word) != NULL)
			return file_type_find(extensions[i].label);
	return NULL;
}
