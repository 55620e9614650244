//! The page against hostile text.

use scraper::{ElementRef, Html, Node};
use sha2::{Digest, Sha256};
use vt_report::Format;

use crate::{corpus, sample};

fn page(text: &str) -> Html {
    let html = corpus::written(&corpus::report_of(text), Format::Html);
    assert!(!html.contains(corpus::is_treacherous), "{text:?}");
    Html::parse_document(&html)
}

/// Every element with the names of its attributes, and how deep it stands.
fn shape(page: &Html) -> Vec<String> {
    page.tree
        .root()
        .descendants()
        .filter_map(|node| {
            let depth = node.ancestors().count();
            match node.value() {
                Node::Element(element) => {
                    let attributes: Vec<_> = element.attrs().map(|(name, _)| name).collect();
                    Some(format!("{depth} {} {attributes:?}", element.name()))
                }
                Node::Comment(_) => Some(format!("{depth} a comment")),
                _ => None,
            }
        })
        .collect()
}

fn elements(page: &Html) -> impl Iterator<Item = ElementRef<'_>> {
    page.tree.nodes().filter_map(ElementRef::wrap)
}

#[test]
fn no_string_changes_the_shape_of_the_page() {
    let expected = shape(&page("x"));
    assert!(expected.len() > 100, "{}", expected.len());
    for text in corpus::strings() {
        let found = shape(&page(&text));
        assert_eq!(found, expected, "{text:?}");
    }
}

#[test]
fn no_string_brings_script_or_a_link_elsewhere() {
    for text in corpus::strings() {
        let page = page(&text);
        for element in elements(&page) {
            let element = element.value();
            assert!(!["script", "iframe", "img", "link", "form", "base"].contains(&element.name()));
            for (name, value) in element.attrs() {
                assert!(!name.starts_with("on"), "{text:?}: {name}");
                assert!(
                    !["src", "style", "action"].contains(&name),
                    "{text:?}: {name}"
                );
                if name == "href" {
                    let sha256 = value.strip_prefix("https://www.virustotal.com/gui/file/");
                    let sha256 = sha256.unwrap_or_else(|| panic!("{text:?}: {value}"));
                    assert_eq!(sha256.len(), 64);
                    assert!(sha256.bytes().all(|byte| byte.is_ascii_hexdigit()));
                }
            }
        }
    }
}

#[test]
fn the_policy_allows_the_style_sheet_of_the_page_and_nothing_else() {
    let html = corpus::written(&sample::small(&["Fortinet"]), Format::Html);
    let (_, rest) = html.split_once("<style>").unwrap();
    let (style, _) = rest.split_once("</style>").unwrap();
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        base64(&Sha256::digest(style.as_bytes()))
    );
    let meta = format!(r#"<meta http-equiv="Content-Security-Policy" content="{policy}">"#);
    assert!(html.contains(&meta), "the page should have {meta}");
    assert!(!style.contains("url(") && !style.contains("@import"));
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut block = [0; 4];
        block[1..=chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes(block);
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at > chunk.len() {
                '='
            } else {
                char::from(digit)
            });
        }
    }
    text
}

#[test]
fn a_long_name_is_cut_on_the_page_and_whole_in_json() {
    let report = corpus::report_of(&"x".repeat(3000));
    assert!(!corpus::written(&report, Format::Html).contains(&"x".repeat(201)));
    assert!(corpus::written(&report, Format::Json).contains(&"x".repeat(3000)));
}

#[test]
fn a_table_cell_stands_under_every_heading() {
    let html = corpus::written(&sample::small(&["Fortinet", "ClamAV"]), Format::Html);
    let page = Html::parse_document(&html);
    let count = |row: ElementRef<'_>| row.child_elements().count();
    let rows = elements(&page).filter(|element| element.value().name() == "tr");
    let counts: Vec<_> = rows.map(count).collect();
    assert_eq!(counts, [9; 8]);
}
