//! A file is kept for the answers of one server.

use vt_cache_sqlite::{Error, SqliteStore};
use vt_core::client::DEFAULT_BASE_URL;

use crate::folder::Folder;

const OTHER: &str = "http://127.0.0.1:8080";

async fn open_for(folder: &Folder, base_url: &str) -> Result<SqliteStore, Error> {
    let options = SqliteStore::options().server(base_url);
    options.open(folder.file()).await
}

#[tokio::test]
async fn virustotal_s_own_file_is_the_usual_one() {
    let folder = Folder::new();
    let store = folder.open().await.unwrap();
    assert_eq!(store.purpose(), Some("VirusTotal's answers"));
    for base_url in [DEFAULT_BASE_URL, "https://www.virustotal.com/", "no URL"] {
        let store = open_for(&folder, base_url).await.unwrap();
        assert_eq!(store.purpose(), Some("VirusTotal's answers"));
        assert!(store.is_for_server(base_url), "{base_url}");
        assert!(!store.is_for_server(OTHER));
    }
    let error = open_for(&folder, OTHER).await.unwrap_err();
    let text = error.to_string();
    assert!(text.contains("not for the answers of 127.0.0.1"), "{text}");
}

#[tokio::test]
async fn another_server_s_file_goes_by_its_host() {
    let folder = Folder::new();
    let options = SqliteStore::options().purpose("the answers of 127.0.0.1");
    drop(options.open(folder.file()).await.unwrap());
    for base_url in [OTHER, "https://127.0.0.1/", "http://127.0.0.1:99/vt"] {
        let store = open_for(&folder, base_url).await.unwrap();
        assert!(store.is_for_server(OTHER), "{base_url}");
        assert!(!store.is_for_server(DEFAULT_BASE_URL));
    }
    for base_url in [DEFAULT_BASE_URL, "http://[::1]:8080"] {
        let error = open_for(&folder, base_url).await.unwrap_err();
        assert!(matches!(error, Error::Purpose { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_file_that_is_opened_whatever_it_is_for_says_what_that_is() {
    let folder = Folder::new();
    let any = async || {
        let options = SqliteStore::options().any_purpose();
        options.open(folder.file()).await.unwrap()
    };
    let store = any().await;
    assert_eq!(store.purpose(), None);
    assert!(!store.is_for_server(DEFAULT_BASE_URL));
    drop(open_for(&folder, OTHER).await.unwrap());
    let store = any().await;
    assert_eq!(store.purpose(), Some("the answers of 127.0.0.1"));
    assert!(store.is_for_server(OTHER));
}
