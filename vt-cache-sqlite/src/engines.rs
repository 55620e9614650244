//! Numbers for the names of engines, which every report repeats.

/// VirusTotal's keys. A row holds the place of a name in this list, so names
/// are only ever added, at the end.
const NAMES: &[&str] = &[
    "Bkav",
    "Lionic",
    "tehtris",
    "DrWeb",
    "MicroWorld-eScan",
    "CMC",
    "CAT-QuickHeal",
    "Skyhigh",
    "ALYac",
    "Cylance",
    "Zillya",
    "Sangfor",
    "K7AntiVirus",
    "Alibaba",
    "K7GW",
    "Cybereason",
    "BitDefenderTheta",
    "VirIT",
    "SymantecMobileInsight",
    "Symantec",
    "Elastic",
    "ESET-NOD32",
    "Cynet",
    "APEX",
    "Paloalto",
    "ClamAV",
    "Kaspersky",
    "BitDefender",
    "NANO-Antivirus",
    "SUPERAntiSpyware",
    "Avast",
    "Rising",
    "Trustlook",
    "TACHYON",
    "Emsisoft",
    "F-Secure",
    "Baidu",
    "VIPRE",
    "TrendMicro",
    "Trapmine",
    "FireEye",
    "Sophos",
    "Ikarus",
    "GData",
    "Jiangmin",
    "Webroot",
    "Varist",
    "Avira",
    "Antiy-AVL",
    "Kingsoft",
    "Gridinsoft",
    "Xcitium",
    "Arcabit",
    "ViRobot",
    "ZoneAlarm",
    "Avast-Mobile",
    "Microsoft",
    "Google",
    "BitDefenderFalx",
    "AhnLab-V3",
    "Acronis",
    "McAfee",
    "MAX",
    "VBA32",
    "Malwarebytes",
    "Panda",
    "Zoner",
    "TrendMicro-HouseCall",
    "Tencent",
    "Yandex",
    "SentinelOne",
    "MaxSecure",
    "Fortinet",
    "AVG",
    "DeepInstinct",
    "CrowdStrike",
    "Invincea",
    "F-Prot",
    "TotalDefense",
    "Ad-Aware",
    "Comodo",
    "McAfee-GW-Edition",
    "Cyren",
    "eGambit",
    "Endgame",
    "Qihoo-360",
    "huorong",
    "McAfeeD",
    "alibabacloud",
    "AegisLab",
];

/// The number of a name that is in the list.
pub(crate) fn number(name: &str) -> Option<u8> {
    use std::{collections::HashMap, sync::LazyLock};

    static NUMBERS: LazyLock<HashMap<&str, u8>> =
        LazyLock::new(|| NAMES.iter().copied().zip(0..u8::MAX).collect());
    NUMBERS.get(name).copied()
}

/// The name with a number.
pub(crate) fn name(number: u8) -> Option<&'static str> {
    NAMES.get(usize::from(number)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_its_own_number() {
        for (place, expected) in NAMES.iter().enumerate() {
            let number = number(expected).unwrap();
            assert_eq!(usize::from(number), place, "{expected} stands twice");
            assert_eq!(name(number), Some(*expected));
        }
        assert_eq!(number("Nobody"), None);
        assert_eq!(name(u8::MAX), None);
    }
}
