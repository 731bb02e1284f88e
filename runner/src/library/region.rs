//! Where the bytes of an input lie in memory.

use std::ops::Range;
use std::path::PathBuf;

use super::answer::Refusal;

/// Memory that holds an input.
pub enum Region {
    /// The block that was handed to the library.
    Block(Range<*const u8>),
    /// What the library maps of a file.
    MapOf(PathBuf),
}

impl Region {
    /// The addresses, as they are now.
    pub fn addresses(&self) -> Result<Vec<Range<usize>>, Refusal> {
        match self {
            Self::Block(range) => Ok(std::iter::once(range.start.addr()..range.end.addr()).collect()),
            Self::MapOf(path) => {
                const MAPS: &str = "/proc/self/maps";
                let path = path.canonicalize().map_err(Refusal::io("cannot find", path))?;
                let maps = std::fs::read_to_string(MAPS).map_err(Refusal::io("cannot read", MAPS.as_ref()))?;
                Ok(maps.lines().filter_map(|line| mapping(line, &path.to_string_lossy())).collect())
            }
        }
    }
}

/// The addresses of a line of `/proc/self/maps` (proc_pid_maps(5)) that maps this file.
fn mapping(line: &str, file: &str) -> Option<Range<usize>> {
    // address perms offset dev inode pathname
    let mut fields = line.splitn(6, ' ');
    let (start, end) = fields.next()?.split_once('-')?;
    let name = fields.nth(4)?.trim_start();
    let address = |digits| usize::from_str_radix(digits, 16).ok();
    (name == file).then_some(address(start)?..address(end)?)
}

#[cfg(test)]
mod tests {
    use super::mapping;

    #[test]
    fn a_mapping_is_found_by_its_whole_path() {
        let line = "7f1c0a000000-7f1c0a002000 r--s 00000000 08:01 1234                       /tmp/a file.arrow";
        assert_eq!(mapping(line, "/tmp/a file.arrow"), Some(0x7f1c_0a00_0000..0x7f1c_0a00_2000));
        assert_eq!(mapping(line, "file.arrow"), None);
        assert_eq!(mapping("7f1c0a000000-7f1c0a002000 rw-p 00000000 00:00 0 ", "/tmp/a"), None);
    }
}
