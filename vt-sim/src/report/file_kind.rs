//! The kinds of file that a made-up report describes.

/// What a report says about a file by its kind.
#[derive(Debug)]
pub(super) struct FileKind {
    pub(super) description: &'static str,
    pub(super) tag: &'static str,
    pub(super) extension: &'static str,
    pub(super) magic: &'static str,
    pub(super) type_tags: &'static [&'static str],
    pub(super) trid: &'static [(&'static str, f64)],
    pub(super) names: &'static [&'static str],
    /// Whether the report carries `pe_info`.
    pub(super) portable_executable: bool,
}

impl FileKind {
    pub(super) fn draw(random: &mut fastrand::Rng) -> &'static Self {
        &KINDS[random.usize(..KINDS.len())]
    }
}

const KINDS: &[FileKind] = &[
    FileKind {
        description: "Win32 EXE",
        tag: "peexe",
        extension: "exe",
        magic: "PE32 executable (GUI) Intel 80386, for MS Windows",
        type_tags: &["executable", "windows", "win32", "pe", "peexe"],
        trid: &[
            ("Win64 Executable (generic)", 48.7),
            ("Win32 Dynamic Link Library (generic)", 23.4),
            ("Win32 Executable (generic)", 16.0),
            ("Generic Win/DOS Executable", 11.9),
        ],
        names: &["setup", "update", "invoice_viewer", "svchost", "installer"],
        portable_executable: true,
    },
    FileKind {
        description: "Win32 DLL",
        tag: "pedll",
        extension: "dll",
        magic: "PE32+ executable (DLL) (GUI) x86-64, for MS Windows",
        type_tags: &["executable", "windows", "win32", "pe", "pedll"],
        trid: &[
            ("Win64 Executable (generic)", 87.3),
            ("Generic Win/DOS Executable", 6.3),
            ("DOS Executable Generic", 6.3),
        ],
        names: &["loader", "plugin", "version", "helper64"],
        portable_executable: true,
    },
    FileKind {
        description: "Office Open XML Document",
        tag: "docx",
        extension: "docx",
        magic: "Microsoft Word 2007+",
        type_tags: &["document", "msoffice", "text", "word", "docx"],
        trid: &[
            ("Word Microsoft Office Open XML Format document", 52.2),
            ("Open Packaging Conventions container", 38.8),
            ("ZIP compressed archive", 8.8),
        ],
        names: &["Invoice 2024", "order_confirmation", "CV", "minutes"],
        portable_executable: false,
    },
    FileKind {
        description: "PDF",
        tag: "pdf",
        extension: "pdf",
        magic: "PDF document, version 1.7",
        type_tags: &["document", "pdf"],
        trid: &[("Adobe Portable Document Format", 100.0)],
        names: &["statement", "ticket", "scan0001", "Rechnung"],
        portable_executable: false,
    },
    FileKind {
        description: "ELF",
        tag: "elf",
        extension: "so",
        magic: "ELF 64-bit LSB executable, x86-64, version 1 (SYSV), statically linked, stripped",
        type_tags: &["executable", "linux", "elf"],
        trid: &[("ELF Executable and Linkable format (generic)", 100.0)],
        names: &["bot.x86_64", "kworker", "sshd"],
        portable_executable: false,
    },
    FileKind {
        description: "ZIP",
        tag: "zip",
        extension: "zip",
        magic: "Zip archive data, at least v2.0 to extract",
        type_tags: &["compressed", "zip"],
        trid: &[
            ("ZIP compressed archive", 80.0),
            ("PrintFox/Pagefox bitmap", 20.0),
        ],
        names: &["documents", "photos", "backup"],
        portable_executable: false,
    },
];

/// Families of malware as threat labels and detections name them.
pub(super) const FAMILIES: &[&str] = &[
    "AgentTesla",
    "AsyncRAT",
    "CobaltStrike",
    "Emotet",
    "Formbook",
    "GuLoader",
    "IcedID",
    "LokiBot",
    "Mirai",
    "QakBot",
    "RedLine",
    "Remcos",
    "TrickBot",
    "XMRig",
];
