//! arrow-rs, as the benchmark calls it: `bench_arrow_rs` of `src/peer.h`.

mod file;
mod peer;
mod read;
mod write;

use arrow_array::ffi::FFI_ArrowArray;
use arrow_schema::ArrowError;
use file::OpenFile;
use peer::{Batches, Error, FAILED, Input, Output, Peer, Settings, Taker, UNSUPPORTED};
use std::ffi::{c_int, c_void};

#[unsafe(no_mangle)]
#[allow(non_upper_case_globals)]
pub static bench_arrow_rs: Peer =
    Peer { name: c"arrow-rs".as_ptr(), version: c"60.1.0".as_ptr(), write, read, open, get, close, copied: None };

/// arrow-rs has no threads of its own.
fn one_thread(settings: &Settings) -> Result<(), ArrowError> {
    if settings.threads > 1 {
        return Err(ArrowError::NotYetImplemented("threads of its own".to_owned()));
    }
    Ok(())
}

fn told(result: Result<(), ArrowError>, error: &mut Error) -> c_int {
    match result {
        Ok(()) => 0,
        Err(e) => {
            error.set(&e.to_string());
            if matches!(e, ArrowError::NotYetImplemented(_)) { UNSUPPORTED } else { FAILED }
        }
    }
}

// The functions of `Peer`: their pointers are the benchmark's, valid for the call.

unsafe extern "C" fn write(
    settings: *const Settings,
    output: *const Output,
    batches: *const Batches,
    error: *mut Error,
) -> c_int {
    // SAFETY: see above.
    unsafe { told(one_thread(&*settings).and_then(|()| write::write(&*settings, &*output, &*batches)), &mut *error) }
}

unsafe extern "C" fn read(
    settings: *const Settings,
    input: *const Input,
    taker: *const Taker,
    error: *mut Error,
) -> c_int {
    // SAFETY: see above.
    unsafe { told(one_thread(&*settings).and_then(|()| read::read(&*settings, &*input, &*taker)), &mut *error) }
}

unsafe extern "C" fn open(
    settings: *const Settings,
    input: *const Input,
    file: *mut *mut c_void,
    error: *mut Error,
) -> c_int {
    // SAFETY: see above; what is stored is taken back by `close`.
    unsafe {
        let opened = OpenFile::open(&*settings, &*input);
        told(opened.map(|opened| *file = Box::into_raw(Box::new(opened)).cast()), &mut *error)
    }
}

unsafe extern "C" fn get(file: *mut c_void, i: i64, out: *mut FFI_ArrowArray, error: *mut Error) -> c_int {
    // SAFETY: see above; `file` came from `open`, `out` holds nothing yet.
    unsafe {
        let batch = (*file.cast::<OpenFile>()).get(i as usize);
        told(batch.map(|batch| out.write(read::export(batch))), &mut *error)
    }
}

unsafe extern "C" fn close(file: *mut c_void) {
    // SAFETY: `file` came from `open` and is not used again.
    drop(unsafe { Box::from_raw(file.cast::<OpenFile>()) });
}
