//! Numbers for the names of engines, which every report repeats.

/// VirusTotal's keys. Files hold the place of a name in this list, so names
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

/// Stands in [`SLOTS`] where there is no name.
const NONE: u8 = u8::MAX;

/// The numbers of the names, each in its own slot or the next that was free.
/// At least half are free, so that a search ends soon.
const SLOTS: [u8; 256] = {
    assert!(NAMES.len() <= 128);
    let mut slots = [NONE; 256];
    let mut number = 0;
    while number < NAMES.len() {
        let mut at = slot(NAMES[number].as_bytes());
        while slots[at as usize] != NONE {
            at = at.wrapping_add(1);
        }
        slots[at as usize] = number as u8;
        number += 1;
    }
    slots
};

/// How many names there are.
pub(super) const COUNT: usize = NAMES.len();

/// The number of a name that is in the list.
pub(super) fn number(name: &str) -> Option<u8> {
    let mut at = slot(name.as_bytes());
    loop {
        let number = SLOTS[usize::from(at)];
        if *NAMES.get(usize::from(number))? == name {
            return Some(number);
        }
        at = at.wrapping_add(1);
    }
}

/// The name with a number.
pub(super) fn name(number: u8) -> Option<&'static str> {
    NAMES.get(usize::from(number)).copied()
}

/// Where a name is looked for first: its length and three of its letters tell
/// most names apart.
const fn slot(name: &[u8]) -> u8 {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    let sum = (length as u8).wrapping_mul(29);
    let sum = sum.wrapping_add(name[0].wrapping_mul(37));
    let sum = sum.wrapping_add(name[length / 2].wrapping_mul(11));
    sum.wrapping_add(name[length - 1].wrapping_mul(101))
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
        for unknown in ["Nobody", "", "bkav", "Fortinet ", "ä"] {
            assert_eq!(number(unknown), None, "{unknown}");
        }
        assert_eq!(name(u8::MAX), None);
    }
}
