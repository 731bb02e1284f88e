package org.arrowipc.adapter;

import static org.arrowipc.adapter.Outcome.blame;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.vector.compression.CompressionCodec;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.MetadataVersion;

/** A writer of Arrow's, of the root and the dictionaries of an input. */
final class Output implements AutoCloseable {
  private final ArrowWriter writer;
  private final Path out;
  private final ByteArrayOutputStream memory;

  private Output(ArrowWriter writer, Path out, ByteArrayOutputStream memory) {
    this.writer = writer;
    this.out = out;
    this.memory = memory;
  }

  /** Opens a writer by the OPTIONS of a request, which may be null. */
  static Output open(Input input, String format, Path out, String sink, JsonNode options) throws IOException {
    JsonNode wanted = options == null ? MissingNode.getInstance() : options;
    IpcOption option = option(wanted);
    CodecType codec = codec(wanted.path("compression").asText("none"));
    Optional<Integer> level =
        wanted.hasNonNull("compression_level") ? Optional.of(wanted.get("compression_level").asInt()) : Optional.empty();
    Map<String, String> footer = footer(wanted.path("footer_metadata"));
    ByteArrayOutputStream memory = sink.equals("memory") ? new ByteArrayOutputStream() : null;
    if (memory == null && !sink.equals("path")) {
      throw new Outcome.Unsupported("sink." + sink, "unknown sink");
    }
    WritableByteChannel channel = Channels.newChannel(memory == null ? Files.newOutputStream(out) : memory);
    // The factory of the codecs knows none for NO_COMPRESSION.
    CompressionCodec.Factory codecs =
        codec == CodecType.NO_COMPRESSION ? NoCompressionCodec.Factory.INSTANCE : CommonsCompressionFactory.INSTANCE;
    return new Output(
        blame("write", 0, () ->
            format.equals("file")
                ? new ArrowFileWriter(input.root, input.reader, channel, footer, option, codecs, codec, level)
                : new ArrowStreamWriter(input.root, input.reader, channel, option, codecs, codec, level)),
        out, memory);
  }

  private static IpcOption option(JsonNode options) {
    if (options.path("alignment").asInt(8) != 8) {
      throw new Outcome.Unsupported("alignment", "the writers pad to 8 bytes");
    }
    String dictionaries = options.path("dictionaries").asText("replace");
    if (!dictionaries.equals("replace")) {
      throw new Outcome.Unsupported("dict." + dictionaries, "the writers send whole dictionaries");
    }
    int version = options.path("metadata_version").asInt(5);
    return new IpcOption(options.path("legacy").asBoolean(false), version == 4 ? MetadataVersion.V4 : MetadataVersion.V5);
  }

  private static CodecType codec(String name) {
    switch (name) {
      case "none":
        return CodecType.NO_COMPRESSION;
      case "lz4":
        return CodecType.LZ4_FRAME;
      case "zstd":
        return CodecType.ZSTD;
      default:
        throw new Outcome.Unsupported("compress." + name, "unknown codec");
    }
  }

  /** Arrow's metadata are maps of strings. */
  private static Map<String, String> footer(JsonNode pairs) {
    Map<String, String> metadata = new LinkedHashMap<>();
    for (JsonNode pair : pairs) {
      if (!pair.get(0).isTextual() || !pair.get(1).isTextual()) {
        throw new Outcome.Unsupported("meta.footer", "metadata are strings");
      }
      metadata.put(pair.get(0).asText(), pair.get(1).asText());
    }
    return metadata.isEmpty() ? null : metadata;
  }

  /** Writes the batch that the input has loaded. */
  void write(int before) {
    blame("write", before, () -> {
      writer.writeBatch();
      return null;
    });
  }

  /** Writes what belongs behind the last batch; the size of all. */
  long finish() throws IOException {
    blame("write", 0, () -> {
      writer.end();
      return null;
    });
    writer.close();
    if (memory != null) {
      Files.write(out, memory.toByteArray());
    }
    return Files.size(out);
  }

  @Override
  public void close() {
    try {
      writer.close();
    } catch (RuntimeException error) {
      // Closing ends what was begun: after a refusal that fails again.
    }
  }
}
