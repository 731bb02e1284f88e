package org.arrowipc.adapter;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** The functions of libarrowipc_kit.so; addresses of structures are those that Arrow's own classes give. */
final class Kit {
  private static final int DIGEST_BYTES = 72;
  private static final int MALFORMED = 2;

  private Kit() {}

  // Bound by name, so they are called as in arrowipc_kit.h.
  private static native int arrowipc_kit_build(String path, long stream);

  private static native int arrowipc_kit_observer_new(long schema, String dump, long[] out);

  private static native int arrowipc_kit_observer_batch(long observer, long array, Pointer metadata);

  private static native int arrowipc_kit_observer_finish(long observer, byte[] digest, long[] batches, long[] rows);

  private static native int arrowipc_kit_faults(long[] out);

  private static native void arrowipc_kit_free_text(long text);

  private static native String arrowipc_kit_error();

  static void load(String path) {
    Native.register(
        Kit.class, NativeLibrary.getInstance(path, Map.of(com.sun.jna.Library.OPTION_STRING_ENCODING, "UTF-8")));
  }

  /** Makes an ArrowArrayStream of a canonical document. */
  static void build(Path document, long stream) {
    check(arrowipc_kit_build(document.toString(), stream));
  }

  /** A list of strings in JSON: what the kit noticed since the last call. */
  static String faults() {
    long[] text = new long[1];
    check(arrowipc_kit_faults(text));
    try {
      return new Pointer(text[0]).getString(0, "UTF-8");
    } finally {
      arrowipc_kit_free_text(text[0]);
    }
  }

  private static void check(int code) {
    if (code == MALFORMED) {
      throw new Outcome.Malformed(arrowipc_kit_error());
    } else if (code != 0) {
      throw new Outcome.Failure("kit: " + arrowipc_kit_error());
    }
  }

  /** Digest, and dump when a path is given, of arrays that come one by one. */
  static final class Observer implements AutoCloseable {
    final byte[] digest = new byte[DIGEST_BYTES];
    final long[] batches = new long[1];
    final long[] rows = new long[1];
    private long handle;

    Observer(long schema, Path dump) {
      long[] out = new long[1];
      check(arrowipc_kit_observer_new(schema, dump == null ? null : dump.toString(), out));
      handle = out[0];
    }

    /** Consumes the array. */
    void batch(long array) {
      check(arrowipc_kit_observer_batch(handle, array, null));
    }

    /** Ends the observation; the digest, and with it the counts, are there then. */
    String finish() {
      check(end());
      return new String(digest, 0, DIGEST_BYTES - 1, StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
      if (handle != 0) {
        end();
      }
    }

    private int end() {
      long ended = handle;
      handle = 0;
      return arrowipc_kit_observer_finish(ended, digest, batches, rows);
    }
  }
}
