//! A VirusTotal stand-in.
