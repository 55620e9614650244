"""The rules catch what they are for: each offence is found, and its neighbour is not."""

import unittest
from pathlib import Path

import dependency_rules as dependencies
import peer_rules as peers
import source_rules as sources


def offences(path, text):
    return [what for _, what in sources.offences_in(Path(path), text)]


class SourceRules(unittest.TestCase):
    def test_a_file_may_have_400_lines_and_no_more(self):
        self.assertEqual(offences("a/src/long.rs", "\n" * 400), [])
        self.assertEqual(offences("a/src/long.rs", "\n" * 401), ["401 lines, more than 400"])
        self.assertEqual(offences("a/tests/corpus.txt", "\n" * 401), [])

    def test_unfinished_code_and_ignored_tests_are_found(self):
        for text in ["// TO" + "DO: later", "to" + "do!()", "unimplemented" + "!()", "#[ig" + "nore]", "/// ```ig" + "nore"]:
            self.assertEqual(len(offences("a/src/b.rs", text)), 1, text)
        self.assertEqual(offences("a/src/b.rs", "/// A mastodon ignores the to-do list."), [])

    def test_paths_of_one_machine_are_found_in_any_text(self):
        for text in ["see /ro" + "ot/x", "(/ho" + "me/me/x)", "/Us" + "ers/me"]:
            self.assertEqual(len(offences("README.md", text)), 1, text)
        self.assertEqual(offences("README.md", "https://example.com/ho" + "me/x and target/wo" + "rk/x"), [])

    def test_a_key_among_the_sources_is_found(self):
        for text in ["VT_API_KEY=" + "0f" * 32, '{"x-apikey": "' + "0F" * 32 + '"}', "apikey: '" + "1" * 64]:
            self.assertEqual(len(offences("a.md", text)), 1, text)
        self.assertEqual(offences("a.md", "the key, and sha256 " + "0f" * 32), [])

    def test_names_that_say_nothing_are_found(self):
        self.assertEqual(len(offences("a/src/utils.rs", "")), 1)
        self.assertEqual(offences("a/src/utility_bill.rs", ""), [])

    def test_a_room_may_use_only_what_stands_to_its_right(self):
        nested = "use crate::{\n    hash::{FileHash, cache},\n    cache::Entry,\n};\n"
        self.assertEqual(offences("vt-core/src/client/reply.rs", nested), ["`client` may not use `cache`"])
        self.assertEqual(offences("vt-core/src/cache.rs", "fn f(_: crate::scan::Scan) {}"), ["`cache` may not use `scan`"])
        self.assertEqual(offences("vt-core/src/scan.rs", nested), [])

    def test_comments_and_unit_tests_may_name_any_room(self):
        self.assertEqual(offences("vt-core/src/hash.rs", "/// See [`crate::scan::Scan`].\n"), [])
        self.assertEqual(offences("vt-core/src/hash.rs", "#[cfg(test)]\nmod tests {\n    use crate::scan;\n}\n"), [])

    def test_a_new_room_must_be_given_a_place(self):
        self.assertEqual(len(offences("vt-core/src/mail.rs", "")), 1)


class DependencyRules(unittest.TestCase):
    def test_versions_below_a_floor_are_found_among_several(self):
        lock = '[[package]]\nname = "h2"\nversion = "0.4.{}"\n'
        found = list(dependencies.too_old(lock.format(9) + lock.format(16)))
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0].startswith("h2 0.4.9: at least 0.4.16"), found)

    def test_only_crates_io_is_a_source(self):
        self.assertEqual(list(dependencies.foreign_sources(f'source = "{dependencies.CRATES_IO}"')), [])
        self.assertEqual(len(list(dependencies.foreign_sources('source = "git+https://example.com/x"'))), 1)

    def test_what_the_core_must_not_pull_in_is_found(self):
        self.assertEqual(list(dependencies.forbidden({"vt-core", "openssl-probe"}, {"openssl"}, "it")), [])
        self.assertEqual(list(dependencies.forbidden({"vt-core", "openssl"}, {"openssl"}, "it")), ["it pulls in openssl"])
        self.assertEqual(len(list(dependencies.forbidden(set(), {"openssl"}, "it"))), 1)

    def test_libraries_of_ours_may_use_only_the_core(self):
        def package(name, *used, kind=None):
            return {"name": name, "dependencies": [{"name": one, "kind": kind} for one in used]}

        ours = [package("vt-core", "vt-sim", kind="dev"), package("vt-sim", "vt-core"), package("vt-batch", "vt-report")]
        self.assertEqual(list(dependencies.wrong_arrows([*ours, package("vt-report", "vt-core")])), [])
        for wrong in [package("vt-report", "vt-sim"), package("vt-cache-sqlite", "vt-sim")]:
            self.assertEqual(len(list(dependencies.wrong_arrows([*ours, wrong]))), 1)

    def test_a_licence_needs_one_allowed_choice_for_each_part(self):
        allowed = dependencies.allowed_licences('[licenses]\nallow = [\n    "MIT",\n    "ISC",\n]\n')
        self.assertEqual(allowed, {"MIT", "ISC"})
        for licence in ["MIT", "GPL-3.0 OR MIT", "Unlicense/MIT", "ISC AND (Apache-2.0 OR MIT)", "MIT WITH x-exception"]:
            self.assertTrue(dependencies.fulfilled(licence, allowed), licence)
        for licence in ["", "GPL-3.0", "MIT AND GPL-3.0", "ISC AND (Apache-2.0 OR GPL-3.0)"]:
            self.assertFalse(dependencies.fulfilled(licence, allowed), licence)


class PeerRules(unittest.TestCase):
    INDEX = "".join(f"//! ## {name}: x\n//! * `a.rs` `it_works`\n" for name in peers.ENTRIES)
    TEST = "#[tokio::test(start_paused = true)]\nasync fn it_works() {}\n"

    def test_an_index_of_tests_that_are_there_is_right(self):
        self.assertEqual(list(peers.offences_in(self.INDEX, lambda _: self.TEST)), [])

    def test_a_test_that_is_gone_or_is_none_is_found(self):
        for text in ["", "fn it_works() {}", self.TEST.replace("works", "works_not"), "// mod it_works {"]:
            found = set(peers.offences_in(self.INDEX, lambda _, text=text: text))
            self.assertEqual(found, {"there is no test `it_works` in a.rs"}, text)

    def test_an_entry_without_a_test_is_found(self):
        index = self.INDEX.replace("//! ## B7: x\n//! *", "//! ## B7: x\n//!")
        self.assertEqual(list(peers.offences_in(index, lambda _: self.TEST)), ["B7 has no test"])

    def test_a_conformance_suite_counts_as_its_tests(self):
        suite = "mod it_works {\n    use a;\n\n    vt_core::cache_conformance!(async { x });\n}\n"
        self.assertTrue(peers.is_test(suite, "it_works"))
        self.assertFalse(peers.is_test("mod it_works {\n    use a;\n}\n\n" + suite.replace("works", "is"), "it_works"))


if __name__ == "__main__":
    unittest.main()
