//! Data laid out and read back.
