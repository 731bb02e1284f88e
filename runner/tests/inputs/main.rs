//! The commands on IPC inputs: every byte is accounted for, every fault found, every whole batch saved.

mod case_files;
mod commands;
mod comparing;
mod converting;
mod inspecting;
mod reading_parts;
mod recovering;
mod validating;
