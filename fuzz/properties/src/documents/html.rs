//! A report as a page.

use scraper::{ElementRef, Html, Node};
use vt_report::{Format, WriteOptions};

use super::{Material, is_treacherous, written};

const LINK: &str = "https://www.virustotal.com/gui/file/";

/// Writes a report full of the texts in `input`, and reads it as a browser does.
///
/// # Panics
///
/// When the page has another shape than with harmless texts, or leads elsewhere.
pub fn html(input: &[u8]) {
    let material = Material::new(input);
    let page = page(&material);
    let expected = self::page(&material.harmless());
    assert!(shape(&page).eq(shape(&expected)), "{}", page.html());
    for element in page.tree.nodes().filter_map(ElementRef::wrap) {
        for (name, value) in element.value().attrs() {
            let leads_elsewhere = ["src", "style", "action", "srcdoc"].contains(&name);
            assert!(!name.starts_with("on") && !leads_elsewhere, "{name}");
            if name == "href" {
                let digits = value
                    .strip_prefix(LINK)
                    .expect("a link leads to VirusTotal");
                let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                assert!(digits.len() == 64 && is_hex, "{value}");
            }
        }
    }
}

fn page(material: &Material) -> Html {
    let page = written(&material.report(), Format::Html, &WriteOptions::default());
    assert!(!page.contains(is_treacherous), "{page:?}");
    Html::parse_document(&page)
}

/// Every element and comment, how deep it stands, and the names of its attributes.
fn shape(page: &Html) -> impl Iterator<Item = (usize, &str, Vec<&str>)> {
    page.tree.root().descendants().filter_map(|node| {
        let depth = node.ancestors().count();
        match node.value() {
            Node::Element(element) => {
                let attributes = element.attrs().map(|(name, _)| name);
                Some((depth, element.name(), attributes.collect()))
            }
            Node::Comment(_) => Some((depth, "a comment", Vec::new())),
            Node::ProcessingInstruction(_) => Some((depth, "an instruction", Vec::new())),
            _ => None,
        }
    })
}
