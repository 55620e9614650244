//! What comparable programs get wrong, and which tests of ours would fail if
//! this one did: an index of the whole repository, and the tests that had no
//! better place. `tests/run.d/peer_rules.py` sees to it that each test named
//! here is there.
//!
//! ## B1: a refusal for quota is kept for ever as "unknown"; after an exception the next try comes at once
//! * `tests/integration/peer_bugs/kept.rs` `no_failure_is_kept_or_shown_as_an_unknown_file`
//! * `tests/integration/peer_bugs/asked.rs` `no_failure_is_asked_again_without_a_pause_or_for_ever`
//! * `tests/integration/trouble.rs` `a_day_of_refusals_costs_few_requests_and_loses_nothing`
//! * `tests/integration/trouble.rs` `a_caller_in_a_loop_gets_the_remembered_error_for_a_while`
//!
//! ## B2: a network error is kept as an empty answer, and a later run reports it
//! * `tests/integration/peer_bugs/kept.rs` `no_failure_is_kept_or_shown_as_an_unknown_file`
//! * `examples/cli/tests/cli/peer_bugs.rs` `a_failure_of_one_run_is_no_answer_of_the_next`
//! * `tests/integration/trouble.rs` `failures_are_never_kept_as_answers`
//!
//! ## B3: whatever comes back is kept, so a refused key or a timeout is "unknown" for a day
//! * `tests/integration/peer_bugs/kept.rs` `no_failure_is_kept_or_shown_as_an_unknown_file`
//! * `examples/cli/tests/cli/peer_bugs.rs` `a_failure_of_one_run_is_no_answer_of_the_next`
//! * `vt-core/src/client/status.rs` `only_a_report_and_a_not_found_are_answers`
//!
//! Cannot apply: one limiter for two services, since only VirusTotal is asked.
//!
//! ## B4: two requests for a file that is known, and so more than four a minute
//! * `tests/integration/peer_bugs/asked.rs` `a_file_of_any_kind_costs_one_question_and_no_other_is_asked`
//! * `tests/integration/pace.rs` `nine_unknown_files_take_a_little_over_two_minutes`
//! * `vt-core/tests/quota.rs` `years_of_faults_overrun_nothing_and_use_the_quota`
//!
//! ## B5: after some waiting the refusal is taken for the answer, and the row says "not found"
//! * `tests/integration/peer_bugs/kept.rs` `no_failure_is_kept_or_shown_as_an_unknown_file`
//! * `tests/integration/trouble.rs` `a_refusal_blocks_the_key_and_costs_no_hash_its_answer`
//! * `vt-report/tests/formats/rows.rs` `a_failure_keeps_its_reason_and_claims_nothing_else`
//!
//! ## B6: the first refusal ends the process, and what was fetched is lost with it
//! * `examples/cli/tests/cli/peer_bugs.rs` `a_refusal_midway_keeps_what_is_there_and_a_row_for_the_rest`
//! * `tests/integration/peer_bugs/kept.rs` `a_refusal_midway_costs_no_answer_that_is_there_and_none_to_come`
//! * `examples/cli/tests/cli/report.rs` `a_key_that_is_refused_midway_keeps_what_is_there`
//! * `examples/cli/tests/cli/kill.rs` `killed_at_any_moment_it_loses_no_answer_and_repeats_one_request_at_most`
//!
//! ## B7: the proxy that is set is not used
//! * `examples/cli/tests/cli/peer_bugs.rs` `a_proxy_that_is_set_is_used`
//! * `tests/integration/connections.rs` `a_proxy_sees_neither_the_key_nor_what_stays_on_this_machine`
//!
//! ## B8: one field of another shape than expected costs the whole report
//! * `tests/integration/peer_bugs/read.rs` `no_place_of_a_report_but_the_digests_can_cost_it`
//! * `tests/integration/peer_bugs/read.rs` `a_field_that_nobody_reads_may_be_as_it_likes`
//! * `vt-core/src/report/tests.rs` `each_attribute_may_be_null_or_of_another_type`
//! * `tests/integration/fixtures.rs` `every_recorded_report_is_read_and_kept_untouched`
//!
//! ## B9: several at once
//! Old scans and unknown files are never kept, since an answer's age is the scan's:
//! * `tests/integration/peer_bugs/kept.rs` `an_answer_is_as_old_as_it_is_and_not_as_the_scan_of_the_file`
//! * `tests/integration/scan.rs` `an_unknown_file_is_an_answer_and_is_kept`
//!
//! Detections count every engine:
//! * `vt-report/tests/formats/rows.rs` `the_total_counts_engines_with_an_opinion`
//! * `vt-core/src/report/tests.rs` `total_counts_only_engines_with_an_opinion`
//!
//! A hash is found within a longer run of digits or letters:
//! * `vt-core/tests/extract.rs` `a_hash_that_touches_a_letter_or_digit_is_none`
//! * `vt-core/tests/extract.rs` `thirty_to_sixty_six_digits_are_near_enough_to_be_named`
//! * `vt-core/tests/extract.rs` `random_texts_give_what_the_oracle_finds`
//!
//! SHA-1 is refused:
//! * `vt-core/tests/extract.rs` `hashes_of_all_kinds_and_cases_come_in_the_order_of_the_text`
//! * `tests/integration/scan.rs` `three_digests_of_one_file_cost_one_request`
//!
//! A hash has no row when the quota is spent:
//! * `examples/cli/tests/cli/peer_bugs.rs` `a_refusal_midway_keeps_what_is_there_and_a_row_for_the_rest`
//! * `tests/integration/scan.rs` `every_hash_has_one_outcome`
//!
//! Dates are those of the machine's time zone:
//! * `examples/cli/tests/cli/peer_bugs.rs` `dates_are_utc_wherever_the_program_runs`
//!
//! ## B10: an error that is well-formed JSON is kept as a success
//! * `tests/integration/peer_bugs/kept.rs` `no_failure_is_kept_or_shown_as_an_unknown_file`
//! * `examples/cli/tests/cli/peer_bugs.rs` `a_failure_of_one_run_is_no_answer_of_the_next`
//! * `vt-core/src/client/status.rs` `only_a_report_and_a_not_found_are_answers`
//!
//! ## B11: requests are counted by the text of the server's `Date`, which does not parse, and so not at all
//! * `tests/integration/peer_bugs/asked.rs` `whatever_time_the_server_says_it_is_the_minute_is_kept_and_used`
//! * `vt-core/tests/quota.rs` `a_wall_clock_that_jumps_by_days_overruns_nothing`
//! * `vt-cache-sqlite/tests/store/books.rs` `the_day_is_known_after_a_restart_and_so_is_the_minute`
//!
//! ## B12: one question is said, and four are sent
//! * `tests/integration/peer_bugs/asked.rs` `a_file_of_any_kind_costs_one_question_and_no_other_is_asked`
//! * `tests/integration/network.rs` `the_key_goes_in_its_header_and_nowhere_else`
//!
//! ## B13: an age with its sign turned round, so that all is fresh or nothing
//! * `tests/integration/scan.rs` `answers_go_stale_each_kind_at_its_own_age`
//! * `tests/integration/scan.rs` `each_scan_has_its_own_idea_of_what_is_too_old`
//! * `vt-core/src/cache/freshness.rs` `a_moment_divides_the_old_from_the_new`
//! * `tests/integration/scan.rs` `a_clock_set_back_by_a_year_makes_no_answer_immortal`
//!
//! ## B14: what a total counts differs by program, and is not said
//! * `vt-core/src/report/tests.rs` `total_counts_only_engines_with_an_opinion`
//! * `vt-report/tests/formats/snapshots.rs` `json_is_one_document`
//! * `vt-report/tests/formats/snapshots.rs` `html_is_a_whole_page`
//! * `vt-report/tests/formats/snapshots.rs` `a_wide_table_shows_every_column`
//!
//! ## B15: a list takes the place of another, and the same list of two users is one
//! * `examples/cli/tests/cli/peer_bugs.rs` `two_lists_in_one_file_do_not_touch_each_other`
//! * `examples/cli/tests/cli/jobs.rs` `two_at_once_make_the_same_report_and_ask_once`
//! * `vt-cache-sqlite/tests/store/file.rs` `nobody_else_may_read_it`
//! * `vt-core/tests/conformance.rs` `memory_jobs`
//!
//! Cannot apply: two users of one store, since a file belongs to one user. The
//! same list given again by that user is meant to be the same job.
//!
//! ## B16: keys lie among the sources, and several keys take turns to go round the limit
//! * `tests/run.d/test_rules.py` `test_a_key_among_the_sources_is_found`
//! * `examples/cli/tests/cli/peer_bugs.rs` `a_file_with_two_keys_is_no_key`
//! * `tests/integration/peer_bugs/asked.rs` `one_key_is_used_whatever_the_server_refuses`
//! * `examples/cli/tests/cli/canary.rs` `no_eight_characters_of_the_key_are_anywhere`

mod asked;
mod kept;
mod read;
