//! Whether an upload is text, judged by its first bytes.

/// What an upload is, if it is no text that can be searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoText {
    /// It has to be unpacked first.
    #[error("it is {0}: unpack it, and upload the text that is in it")]
    Packed(&'static str),
    /// It has to be saved as text first.
    #[error("it is {0}: save it as text or CSV, and upload that")]
    Document(&'static str),
    /// It is the thing itself, and not a list of hashes.
    #[error(
        "it is {0}, and not a list of hashes: upload a text with the hashes of your files, never the files"
    )]
    File(&'static str),
}

/// How much of an upload is needed to judge it.
pub(crate) const HEAD: usize = 512;

const PACKED: &[(&[u8], &str)] = &[
    (
        b"PK\x03\x04",
        "a ZIP archive, or a document that is one (XLSX, DOCX)",
    ),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x1f\x8b", "compressed with gzip"),
    (b"\xfd7zXZ\x00", "compressed with xz"),
    (b"BZh", "compressed with bzip2"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"MSCF", "a cabinet file"),
];

const DOCUMENTS: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF"),
    (b"{\\rtf", "an RTF document"),
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "a document of an older Office (XLS, DOC, MSG)",
    ),
    (b"SQLite format 3\x00", "a SQLite database"),
];

const FILES: &[(&[u8], &str)] = &[
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"\xca\xfe\xba\xbe", "a Java class or a macOS program"),
    (b"\xcf\xfa\xed\xfe", "a macOS program"),
    (b"\xce\xfa\xed\xfe", "a macOS program"),
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"dex\n", "an Android program"),
    (b"\x00asm", "a WebAssembly program"),
];

/// Judges an upload by its beginning.
pub(crate) fn judge(head: &[u8]) -> Result<(), NoText> {
    let named = |table: &[(&[u8], &'static str)]| {
        let found = table.iter().find(|(magic, _)| head.starts_with(magic));
        found.map(|(_, name)| *name)
    };
    if let Some(name) = named(PACKED) {
        return Err(NoText::Packed(name));
    }
    if let Some(name) = named(DOCUMENTS) {
        return Err(NoText::Document(name));
    }
    // Two letters also begin a text: a program has what no text has.
    if let Some(name) = named(FILES)
        && (!head.starts_with(b"MZ") || has_controls(head))
    {
        return Err(NoText::File(name));
    }
    if is_binary(head) {
        return Err(NoText::File("a binary file"));
    }
    Ok(())
}

/// Whether it has control characters that no text has, in any usual encoding.
fn is_binary(head: &[u8]) -> bool {
    has_controls(head) && !is_utf16(head)
}

fn has_controls(head: &[u8]) -> bool {
    let is_control = |byte: &&u8| matches!(byte, 0..=8 | 14..=26 | 28..=31);
    let controls = head.iter().filter(is_control).count();
    controls * 20 > head.len()
}

/// Whether every other byte is zero, or there is a mark that says so.
fn is_utf16(head: &[u8]) -> bool {
    let zeros = |from: usize| {
        let places = head.iter().skip(from).step_by(2);
        let count = places.clone().count();
        places.filter(|byte| **byte == 0).count() * 10 >= count * 3
    };
    head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") || zeros(0) != zeros(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "44d88612fea8a8f36de82e1278abb02f  eicar.com\r\n";

    #[test]
    fn text_in_any_usual_encoding_is_text() {
        let wide = |to: fn(u16) -> [u8; 2]| LINE.encode_utf16().flat_map(to).collect::<Vec<u8>>();
        let marked = |mark: &[u8], text: &[u8]| [mark, text].concat();
        let texts = [
            LINE.as_bytes().to_vec(),
            marked(b"\xef\xbb\xbf", LINE.as_bytes()),
            wide(u16::to_le_bytes),
            wide(u16::to_be_bytes),
            marked(b"\xff\xfe", &wide(u16::to_le_bytes)),
            marked(b"\xfe\xff", &wide(u16::to_be_bytes)),
            b"R\xe9sum\xe9 44d88612fea8a8f36de82e1278abb02f".to_vec(),
            b"\x1b[31mred\x1b[0m".to_vec(),
            b"MZ header seen in 44d88612fea8a8f36de82e1278abb02f".to_vec(),
            Vec::new(),
        ];
        for text in texts {
            assert_eq!(judge(&text), Ok(()), "{:?}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn what_is_no_text_is_named() {
        let program = [&b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0"[..], &[0; 40]].concat();
        let files: [(&[u8], &str); 6] = [
            (b"PK\x03\x04\x14\0", "ZIP"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"%PDF-1.7\n", "PDF"),
            (&program, "Windows program"),
            (b"\x7fELF\x02\x01", "Linux program"),
            (&[1, 2, 3, 200, 4, 0, 9, 77], "binary"),
        ];
        for (file, name) in files {
            let said = judge(file).unwrap_err().to_string();
            assert!(said.contains(name), "{said}");
        }
    }
}
