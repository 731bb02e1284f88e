//! What the fuzz targets share: the C functions as they call them, C arrays walked by their layout, generated arrays, and
//! what is checked of each input.

pub mod api;
pub mod bounds;
pub mod generate;
pub mod layout;
pub mod second_opinion;
pub mod values;
