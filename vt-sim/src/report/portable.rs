//! The structure of a made-up Windows program.

use serde_json::{Value, json};

use super::Draft;
use crate::digest::hex;

/// Name, flags and entropy of each section.
const SECTIONS: [(&str, &str, f64); 5] = [
    (".text", "rx", 6.4),
    (".rdata", "r", 4.9),
    (".data", "rw", 2.1),
    (".rsrc", "r", 3.8),
    (".reloc", "r", 5.2),
];

/// Each library and the functions that are taken from it.
const IMPORTS: [(&str, &str); 4] = [
    (
        "KERNEL32.dll",
        "CreateFileW ReadFile WriteFile CloseHandle GetProcAddress LoadLibraryA VirtualAlloc Sleep",
    ),
    (
        "ADVAPI32.dll",
        "RegOpenKeyExW RegQueryValueExW RegSetValueExW RegCloseKey OpenProcessToken GetUserNameW",
    ),
    (
        "USER32.dll",
        "MessageBoxW GetDC ReleaseDC LoadIconW ShowWindow DefWindowProcW GetMessageW PeekMessageW",
    ),
    (
        "WS2_32.dll",
        "WSAStartup socket connect send recv closesocket gethostbyname htons",
    ),
];

pub(super) fn pe_info(draft: &Draft, timestamp: i64) -> Value {
    let bytes = draft.digests.sha256.chunks(6);
    let sections = SECTIONS
        .iter()
        .zip(bytes)
        .map(|((name, flags, entropy), bytes)| {
            json!({
                "name": name,
                "flags": flags,
                "entropy": entropy,
                "virtual_address": 4096 * (1 + u32::from(bytes[0])),
                "virtual_size": 16 * u32::from(bytes[1]),
                "raw_size": 512 * u32::from(bytes[2]),
                "md5": hex(&draft.digests.md5),
            })
        });
    let imports = IMPORTS.iter().map(|(library, functions)| {
        let functions = functions.split(' ').collect::<Vec<_>>();
        json!({ "library_name": library, "imported_functions": functions })
    });
    json!({
        "timestamp": timestamp,
        "machine_type": 332,
        "entry_point": 4096 + draft.identity % 65_536,
        "imphash": hex(&draft.digests.sha1[..16]),
        "sections": sections.collect::<Value>(),
        "import_list": imports.collect::<Value>(),
    })
}
