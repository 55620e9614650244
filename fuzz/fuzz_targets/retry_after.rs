#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| vt_properties::retry_after(input));
