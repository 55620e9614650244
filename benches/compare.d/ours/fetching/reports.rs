//! Reports on disk: a server that makes up none while it is asked is never what
//! is waited for.

use std::{
    fmt::{self, Write},
    fs,
    path::Path,
};

use fastrand::Rng;
use serde_json::{Value, json};
use vt_sim::{FIRST_ORDINARY, Simulator, sample};

/// Where attributes begin in a report.
const ATTRIBUTES: &str = "\"attributes\": {\n";

/// With these a report is as long as VirusTotal's, 40 KB on average.
const RESOURCES: usize = 38;

/// Writes so many reports, each as `HASH.json`, and the list of their hashes.
pub(crate) fn write_reports(count: u64, folder: &str) -> Value {
    let folder = Path::new(folder);
    fs::create_dir_all(folder).expect("a folder that can be made");
    let simulator = Simulator::builder().unknown(0.0).build();
    let simulator = simulator.expect("settings that work");
    let resources = resources().expect("a string takes it");
    let (mut list, mut bytes) = (String::new(), 0);
    for number in FIRST_ORDINARY..FIRST_ORDINARY + count {
        let hash = sample(number).sha256;
        let body = simulator.report(&hash).expect("a known sample");
        let body = str::from_utf8(&body).expect("a text");
        let (head, rest) = body.split_once(ATTRIBUTES).expect("a report");
        let body = format!("{head}{ATTRIBUTES}{resources}{rest}");
        bytes += body.len() as u64;
        fs::write(folder.join(format!("{hash}.json")), body).expect("room on the disk");
        list.push_str(&hash);
        list.push('\n');
    }
    fs::write(folder.join("list.txt"), list).expect("room on the disk");
    json!({ "answers": count, "bytes": bytes })
}

/// What VirusTotal tells of a program's resources, and the simulator does not.
fn resources() -> Result<String, fmt::Error> {
    let mut rng = Rng::with_seed(42);
    let mut text = String::from("            \"pe_info\": {\n");
    text.push_str("                \"resource_details\": [\n");
    for at in 0..RESOURCES {
        let comma = if at + 1 < RESOURCES { "," } else { "" };
        let (chi2, entropy) = (rng.f64() * 1e6, rng.f64() * 8.0);
        let sha256: String = (0..8).map(|_| format!("{:08x}", rng.u32(..))).collect();
        write!(
            text,
            r#"                    {{
                        "lang": "ENGLISH US",
                        "chi2": {chi2:.2},
                        "filetype": "Data",
                        "entropy": {entropy:.2},
                        "sha256": "{sha256}",
                        "type": "RT_ICON"
                    }}{comma}
"#
        )?;
    }
    text.push_str("                ]\n            },\n");
    Ok(text)
}
