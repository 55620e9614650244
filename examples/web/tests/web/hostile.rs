//! Strings that attack whoever reads them, in every place where they may come
//! from and through every way out.
