//! A PDF as others see it: its text by `pdftotext`, its bones by ourselves.

use std::{
    collections::BTreeSet,
    io::{ErrorKind, Read as _, Write as _},
    process::{Command, Stdio},
    thread,
};

use flate2::read::ZlibDecoder;

/// The text of each page, or nothing where there is no reader, which it says.
#[expect(clippy::print_stdout, reason = "what is skipped is said")]
pub(super) fn pages(pdf: &[u8]) -> Option<Vec<String>> {
    let mut command = Command::new("pdftotext");
    command.args(["-layout", "-enc", "UTF-8", "-", "-"]);
    command.stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: reading a PDF back: there is no pdftotext (poppler-utils)");
            return None;
        }
        child => child.unwrap(),
    };
    let mut stdin = child.stdin.take().unwrap();
    let output = thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(pdf).unwrap());
        child.wait_with_output().unwrap()
    });
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && complaints.is_empty(),
        "{complaints}"
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let mut pages: Vec<_> = text.split('\u{c}').map(str::to_owned).collect();
    assert_eq!(
        pages.pop().as_deref(),
        Some(""),
        "each page ends in a form feed"
    );
    Some(pages)
}

/// What a PDF is made of.
pub(super) struct Anatomy {
    /// All of it but the contents of its streams.
    pub(super) structure: String,
    /// That without the contents of its strings.
    bones: String,
    pub(super) pages: usize,
    /// Where its links lead, in order.
    pub(super) links: Vec<String>,
}

impl Anatomy {
    /// Takes a PDF apart. Every stream has to be one that can be unpacked.
    pub(super) fn of(pdf: &[u8]) -> Self {
        assert!(pdf.starts_with(b"%PDF-1.7") && pdf.ends_with(b"%%EOF"));
        let (mut structure, mut rest) = (String::new(), pdf);
        while let Some(at) = find(rest, b"\nstream\n") {
            let (before, stream) = rest.split_at(at + 8);
            structure.push_str(&String::from_utf8_lossy(before));
            let mut unpacked = Vec::new();
            let mut decoder = ZlibDecoder::new(stream);
            decoder.read_to_end(&mut unpacked).unwrap();
            let length = usize::try_from(decoder.total_in()).unwrap();
            rest = &stream[length..];
            assert!(rest.starts_with(b"\nendstream"));
        }
        structure.push_str(&String::from_utf8_lossy(rest));
        let links = structure.split("/URI(").skip(1);
        Self {
            pages: structure.matches("/Type/Page/").count(),
            links: links
                .map(|link| link.split_once(')').unwrap().0.to_owned())
                .collect(),
            bones: without_strings(&structure),
            structure,
        }
    }

    /// Whether a name stands anywhere, be it in a string.
    pub(super) fn mentions(&self, name: &str) -> bool {
        names(&self.structure).any(|other| other == name)
    }

    /// Names of the PDF language that a report has no need of: with none of
    /// them, nothing in it can act, open or hide anything.
    pub(super) fn unexpected_names(&self) -> BTreeSet<&str> {
        let is_expected =
            |name: &str| NAMES.contains(&name) || is_font_tag(name) || is_resource(name);
        names(&self.bones)
            .filter(|name| !is_expected(name))
            .collect()
    }
}

/// What stands after each slash.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('/').skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric());
        &rest[..end.unwrap_or(rest.len())]
    })
}

/// The names that reports are written with.
const NAMES: &[&str] = &[
    "A",
    "Action",
    "Annot",
    "Annots",
    "Ascent",
    "BaseFont",
    "Border",
    "CIDFontType2",
    "CIDSet",
    "CIDSystemInfo",
    "CIDToGIDMap",
    "CMap",
    "CMapName",
    "CapHeight",
    "Catalog",
    "Contents",
    "Count",
    "CreationDate",
    "Creator",
    "DW",
    "DescendantFonts",
    "Descent",
    "Encoding",
    "F",
    "Filter",
    "Flags",
    "FlateDecode",
    "Font",
    "FontBBox",
    "FontDescriptor",
    "FontFile2",
    "FontName",
    "ID",
    "Identity",
    "Info",
    "ItalicAngle",
    "Kids",
    "Lang",
    "Length",
    "Link",
    "MediaBox",
    "ModDate",
    "Ordering",
    "Page",
    "Pages",
    "Parent",
    "ProcSet",
    "Rect",
    "Registry",
    "Resources",
    "Root",
    "S",
    "Size",
    "StemV",
    "Subtype",
    "Supplement",
    "Tabs",
    "Title",
    "ToUnicode",
    "Type",
    "Type0",
    "URI",
    "W",
    "WMode",
    // What a page is made with.
    "ImageB",
    "ImageC",
    "ImageI",
    "PDF",
    "Text",
];

/// Six capitals before the name of a font that is there in part.
fn is_font_tag(name: &str) -> bool {
    name.len() == 6 && name.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// A font as a page calls it.
fn is_resource(name: &str) -> bool {
    let number = name.strip_prefix('f').unwrap_or_default();
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// Leaves out what stands between round brackets, which may stand in each other
/// and which a backslash makes a text.
fn without_strings(structure: &str) -> String {
    let (mut bones, mut depth, mut is_escaped) = (String::new(), 0_u32, false);
    for c in structure.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if depth > 0 => is_escaped = true,
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1).unwrap(),
            _ if depth == 0 => bones.push(c),
            _ => {}
        }
    }
    assert_eq!(depth, 0, "a string has no end");
    bones
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes
        .windows(pattern.len())
        .position(|window| window == pattern)
}
