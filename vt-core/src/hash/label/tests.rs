use super::*;

#[test]
fn every_name_is_a_label_in_each_of_its_spellings() {
    for (spelling, name) in LABELS {
        for joint in ["", "_", "-", ".", " ", "\t"] {
            let text = spelling.replace('_', joint);
            for text in [text.clone(), text.to_uppercase()] {
                assert_eq!(label(format!("{text}: ").as_bytes()), Some(*name), "{text}");
            }
        }
    }
}

#[test]
fn labels_are_found_through_all_the_syntax_around_them() {
    for text in [
        r#""imphash": ""#,
        r#"{\"imphash\":\t\""#.replace(r"\t", "\t").as_str(),
        r#""imphash": {"md5": ["#,
        "<imphash>",
        r#"<hash type="imphash">"#,
        "pe.imphash = '",
        "imphash md5: ",
        "SHA1=00,MD5=11,SHA256=22,IMPHASH=",
        "imphash->",
        "Imphash (MD5): ",
        "**imphash** `",
        "file:hashes.IMPHASH = '",
        "imphash_",
        "imphash.",
        "imphash\u{ff1a}",
        "imphash:\u{a0}\u{201c}",
        "peImpHash=",
        "PEImphash=",
        "</\nimphash>",
        "imphash sha-256 hash value no 1 is ",
    ] {
        assert_eq!(label(text.as_bytes()), Some("imphash"), "{text}");
    }
}

#[test]
fn certificates_and_tls_are_labelled() {
    for (text, name) in [
        ("cert_thumbprint: ", "thumbprint"),
        ("certThumbprintSha1=", "thumbprint"),
        ("serialNumber: ", "serial number"),
        ("Serial Number: ", "serial number"),
        ("X509v3 Subject Key Identifier: ", "key id"),
        ("authority_key_id=", "key id"),
        ("tls.client.ja3: ", "ja3"),
        ("JA3 hash: ", "ja3"),
        ("ja3s_hash=", "ja3s"),
        ("main_icon_dhash ", "dhash"),
        ("sDhash=", "sdhash"),
        // Not a generic `hash` after a key id: the name that ends nearest counts.
        ("key iDHash=", "dhash"),
    ] {
        assert_eq!(label(text.as_bytes()), Some(name), "{text}");
    }
}

#[test]
fn names_of_files_and_parts_of_words_are_no_labels() {
    for text in [
        "",
        "serialkiller: ",
        "serial.exe  ",
        "Name: serial.exe ",
        "MD5 (imphash.py) = ",
        "simphash: ",
        "imphash256: ",
        "SERIALkiller: ",
        "PE hash: ",
        "D hash: ",
        "serial key: ",
    ] {
        assert_eq!(label(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn the_search_ends_where_something_else_begins() {
    let digest = "0123456789abcdef0123456789abcdef";
    for text in [
        "imphash, ",
        "imphash; ",
        "imphash | ",
        "imphash / ",
        "imphash\n",
        "imphash\r",
        "imphash\0",
        "</imphash><md5>",
        "not by imphash. MD5: ",
        "imphash: none md5: ",
        "imphash name: ",
        &format!("imphash: {digest} "),
        &format!("imphash={digest} md5="),
        &format!("imphash: {} MD5: ", digest.to_uppercase()),
    ] {
        assert_eq!(label(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn the_search_ends_after_128_bytes() {
    for word in ["imphash", "serial"] {
        let fits = format!("{word}{}", " ".repeat(LOOK_BACK - word.len()));
        assert!(label(fits.as_bytes()).is_some());
        assert_eq!(label(format!("{fits} ").as_bytes()), None);
        // What stands before these bytes is out of sight.
        assert!(label(format!("x{fits}").as_bytes()).is_some());
    }
}

#[test]
fn no_name_is_hidden_by_a_shorter_one_before_it_in_the_table() {
    for table in [
        &LABELS
            .iter()
            .map(|(spelling, _)| spelling.replace('_', ""))
            .collect::<Vec<_>>(),
        &GENERIC
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>(),
    ] {
        for (at, word) in table.iter().enumerate() {
            let hidden = table[..at]
                .iter()
                .any(|earlier| word.len() > earlier.len() && word.ends_with(earlier.as_str()));
            // Digits begin no hump, so `1` cannot hide `sha1`.
            let digits = word.starts_with("sha") && word.len() > 3;
            assert!(!hidden || digits, "{word} is hidden");
        }
    }
}
