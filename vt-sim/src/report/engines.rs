//! The engines that a made-up report lists.

use super::verdicts::Style;

/// One engine as a report names it.
#[derive(Debug)]
pub(super) struct Engine {
    /// The key in `last_analysis_results`.
    pub(super) key: &'static str,
    /// The `engine_name`, nearly always the same as the key.
    pub(super) name: &'static str,
    pub(super) version: Option<&'static str>,
    /// Days between the engine's last update and the analysis; `None` is an update unknown.
    pub(super) update_age: Option<i64>,
    pub(super) style: Style,
}

const fn engine(key: &'static str, version: &'static str, update_age: i64, style: Style) -> Engine {
    Engine {
        key,
        name: key,
        version: Some(version),
        update_age: Some(update_age),
        style,
    }
}

/// The engine that is asked for most, and that some reports lack.
pub(super) const FORTINET: &str = "Fortinet";

/// Every engine, the ones people ask for first, so that a short list keeps them.
pub(super) const ENGINES: &[Engine] = &[
    Engine {
        version: None,
        ..engine(FORTINET, "", 0, Style::Slash("!tr"))
    },
    engine("Microsoft", "1.1.24120.9", 0, Style::Colon),
    engine(
        "Kaspersky",
        "22.0.1.31",
        0,
        Style::Heuristic("HEUR:Trojan.", ".gen"),
    ),
    Engine {
        name: "AegisLab",
        ..engine("Lionic", "8.21", 0, Style::Dotted)
    },
    engine("BitDefender", "7.5", 0, Style::Generic),
    engine("ESET-NOD32", "30411", 0, Style::Variant),
    engine("Sophos", "2.7.1.0", 0, Style::Prefix("Troj/")),
    engine("ClamAV", "1.4.2.0", 1, Style::Prefix("Win.Malware.")),
    engine(
        "Symantec",
        "1.23.0.0",
        0,
        Style::Fixed("ML.Attribute.HighConfidence"),
    ),
    engine(
        "CrowdStrike",
        "1.0",
        240,
        Style::Fixed("win/malicious_confidence_100% (W)"),
    ),
    Engine {
        version: None,
        update_age: None,
        ..engine("Kingsoft", "", 0, Style::Dotted)
    },
    engine("Bkav", "2.0.0.2", 1, Style::Fixed("W32.AIDetectMalware")),
    engine(
        "AVG",
        "23.9.8496.1",
        0,
        Style::Heuristic("Win32:", "-gen [Trj]"),
    ),
    engine(
        "Avast",
        "23.9.8496.1",
        0,
        Style::Heuristic("Win32:", "-gen [Trj]"),
    ),
    engine("tehtris", "v0.1.5", 0, Style::Fixed("Generic.Malware")),
    engine("MicroWorld-eScan", "14.0.411.0", 0, Style::Generic),
    engine("CMC", "2.4.2024.1", 3, Style::Dotted),
    engine("CAT-QuickHeal", "24.00", 0, Style::Dotted),
    engine(
        "Skyhigh",
        "v2021.2.0+4048",
        0,
        Style::Prefix("BehavesLike.Win32."),
    ),
    engine("ALYac", "2.0.0.11", 0, Style::Generic),
    engine("Cylance", "3.0.0.1", 4, Style::Fixed("Unsafe")),
    engine("Zillya", "2.0.0.5277", 2, Style::Dotted),
    engine(
        "Sangfor",
        "2.25.11.0",
        9,
        Style::Heuristic("Trojan.Win32.Save.", ""),
    ),
    engine(
        "K7AntiVirus",
        "12.201.54402",
        0,
        Style::Fixed("Trojan ( 005a1b2c1 )"),
    ),
    engine(
        "K7GW",
        "12.201.54402",
        0,
        Style::Fixed("Trojan ( 005a1b2c1 )"),
    ),
    engine("Alibaba", "0.3.0.6", 1800, Style::Colon),
    engine("Arcabit", "2024.0.0.21", 0, Style::Generic),
    engine(
        "huorong",
        "a17c3f0:a17c3f0:90d1b2e:90d1b2e",
        0,
        Style::Slash(".a"),
    ),
    engine("Baidu", "1.0.0.3", 1900, Style::Dotted),
    engine("VirIT", "9.5.877", 1, Style::Dotted),
    engine(
        "Elastic",
        "4.0.188",
        12,
        Style::Fixed("malicious (high confidence)"),
    ),
    engine(
        "Cynet",
        "4.0.3.4",
        0,
        Style::Fixed("Malicious (score: 100)"),
    ),
    engine("APEX", "6.611", 1, Style::Fixed("Malicious")),
    engine("Paloalto", "0.9.0.1004", 0, Style::Fixed("generic.ml")),
    engine("NANO-Antivirus", "1.0.170.26002", 0, Style::Dotted),
    engine("SUPERAntiSpyware", "5.6.0.1033", 0, Style::Dotted),
    engine(
        "Tencent",
        "1.0.0.2",
        0,
        Style::Prefix("Malware.Win32.Gencirc."),
    ),
    engine("TACHYON", "2024-12-20.01", 0, Style::Dotted),
    engine("Emsisoft", "2024.8.0.61147", 0, Style::Generic),
    engine("F-Secure", "18.10.1548.308", 0, Style::Prefix("Trojan.TR/")),
    engine("DrWeb", "7.0.66.11120", 0, Style::Dotted),
    engine("VIPRE", "6.0.0.36", 0, Style::Generic),
    engine("TrendMicro", "24.550.0.1002", 0, Style::Prefix("TROJ_")),
    engine(
        "McAfeeD",
        "1.2.0.8001",
        0,
        Style::Prefix("Real Protect-LS!"),
    ),
    engine(
        "Trapmine",
        "4.0.17.180",
        30,
        Style::Fixed("malicious.high.ml.score"),
    ),
    engine("FireEye", "35.48.0.0", 0, Style::Prefix("Generic.mg.")),
    engine("Ikarus", "6.3.30.0", 0, Style::Dotted),
    engine("Jiangmin", "16.0.101", 1, Style::Dotted),
    engine("Webroot", "1.9.0.8", 0, Style::Prefix("W32.Trojan.")),
    engine("Varist", "6.6.1.3", 0, Style::Slash(".gen!Eldorado")),
    engine("Avira", "8.3.3.22", 0, Style::Prefix("TR/")),
    engine("Antiy-AVL", "3.1", 0, Style::Heuristic("Trojan/Win32.", "")),
    engine(
        "Gridinsoft",
        "1.0.200.175",
        0,
        Style::Prefix("Malware.Win32."),
    ),
    engine(
        "Xcitium",
        "37290",
        0,
        Style::Fixed("Malware@#1b8k2n4f6h8j0"),
    ),
    engine(
        "ViRobot",
        "2014.3.20.1",
        0,
        Style::Heuristic("Trojan.Win.Z.", ""),
    ),
    engine("ZoneAlarm", "6.15-102623205", 0, Style::Prefix("Troj/")),
    engine("GData", "GD:27.38999AVA:64.28500", 0, Style::Generic),
    engine("Google", "1734680000", 0, Style::Fixed("Detected")),
    engine("AhnLab-V3", "3.27.0.10564", 0, Style::Slash(".R512345")),
    engine("Acronis", "1.2.0.122", 260, Style::Fixed("suspicious")),
    engine("McAfee", "6.0.6.655", 0, Style::Prefix("GenericRXAA-")),
    engine(
        "MAX",
        "2023.1.4.2",
        0,
        Style::Fixed("malware (ai score=88)"),
    ),
    engine("VBA32", "5.3.1", 1, Style::Heuristic("TrojanBanker.", "")),
    engine(
        "Malwarebytes",
        "4.5.5.55",
        0,
        Style::Heuristic("Generic.Malware.", ".DDS"),
    ),
    engine("Panda", "4.6.4.3", 0, Style::Prefix("Trj/")),
    engine(
        "TrendMicro-HouseCall",
        "24.550.0.1002",
        0,
        Style::Prefix("TROJ_"),
    ),
    engine(
        "Rising",
        "25.0.0.28",
        0,
        Style::Heuristic("Trojan.", "!8.10E (CLOUD)"),
    ),
    engine("Yandex", "5.5.2.25", 1, Style::Dotted),
    engine(
        "SentinelOne",
        "25.1.1.1",
        17,
        Style::Fixed("Static AI - Malicious PE"),
    ),
    engine(
        "MaxSecure",
        "1.0.0.2",
        1,
        Style::Heuristic("Trojan.Malware.", ".susgen"),
    ),
    engine("Cybereason", "1.2.450", 90, Style::Prefix("malicious.")),
    engine("DeepInstinct", "5.0.0.9", 0, Style::Fixed("MALICIOUS")),
    engine("Zoner", "2.2.2.1", 0, Style::Dotted),
    engine("alibabacloud", "2.2.1", 8, Style::Colon),
    engine("Trustlook", "1.1", 0, Style::Unsupported),
    engine("SymantecMobileInsight", "2.1", 300, Style::Unsupported),
    engine("BitDefenderFalx", "2.0.937", 60, Style::Unsupported),
    engine("Avast-Mobile", "241220-00", 0, Style::Unsupported),
];
