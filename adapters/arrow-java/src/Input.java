package org.arrowipc.adapter;

import static org.arrowipc.adapter.Outcome.blame;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.util.ByteArrayReadableSeekableByteChannel;

/** A reader of Arrow's with its one VectorSchemaRoot, which each batch is loaded into. */
final class Input implements AutoCloseable {
  final ArrowReader reader;
  final VectorSchemaRoot root;
  private int loaded;

  /** A reader of which nothing is read yet; closed here when its schema is refused. */
  private Input(ArrowReader reader) {
    this.reader = reader;
    try {
      // Readers are lazy: this opens the input, and reads the schema and, of a file, the dictionaries.
      root = blame("open", 0, reader::getVectorSchemaRoot);
    } catch (Outcome outcome) {
      close();
      throw outcome;
    }
  }

  /** Opens {@code path} of a request by its {@code format} and {@code source}. */
  static Input open(JsonNode request, Path workdir, BufferAllocator allocator) throws IOException {
    SeekableByteChannel channel = source(request.path("source").asText("path"), workdir.resolve(request.get("path").asText()));
    String format = request.get("format").asText();
    CommonsCompressionFactory codecs = CommonsCompressionFactory.INSTANCE;
    switch (format) {
      case "stream":
        return new Input(new ArrowStreamReader(channel, allocator, codecs));
      case "file":
        return new Input(new ArrowFileReader(channel, allocator, codecs));
      default:
        channel.close();
        throw new Outcome.Unsupported("format." + format, "unknown format");
    }
  }

  /** Imports the stream that the kit makes of the canonical document {@code in} of a request. */
  static Input imported(JsonNode request, Path workdir, BufferAllocator allocator) {
    try (ArrowArrayStream stream = ArrowArrayStream.allocateNew(allocator)) {
      Kit.build(workdir.resolve(request.get("in").asText()), stream.memoryAddress());
      return new Input(blame("schema", 0, () -> Data.importArrayStream(allocator, stream, false)));
    }
  }

  private static SeekableByteChannel source(String source, Path path) throws IOException {
    switch (source) {
      case "path":
        return FileChannel.open(path);
      case "memory":
        return new ByteArrayReadableSeekableByteChannel(Files.readAllBytes(path));
      default:
        throw new Outcome.Unsupported("source." + source, "unknown source");
    }
  }

  /** Loads the next batch into the root; false at the end. */
  boolean next() {
    boolean more = blame("batch", loaded, reader::loadNextBatch);
    loaded += more ? 1 : 0;
    return more;
  }

  /** Loads one batch of a file. */
  void load(int number) {
    ArrowFileReader file = file("access.random");
    blame("batch", loaded, () -> file.loadRecordBatch(file.getRecordBlocks().get(number)));
    loaded++;
  }

  /** What Arrow tells of a file. */
  void facts(ObjectNode facts) {
    if (!(reader instanceof ArrowFileReader)) {
      return;
    }
    ArrowFileReader file = (ArrowFileReader) reader;
    facts.put("num_batches", blame("batch", loaded, () -> file.getRecordBlocks().size()));
    ArrayNode pairs = facts.putArray("footer_metadata");
    file.getMetaData().forEach((key, value) -> pairs.addArray().add(key).add(value));
  }

  private ArrowFileReader file(String feature) {
    if (reader instanceof ArrowFileReader) {
      return (ArrowFileReader) reader;
    }
    throw new Outcome.Unsupported(feature, "a stream is read in order");
  }

  /** How many batches were loaded. */
  int loaded() {
    return loaded;
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException | RuntimeException error) {
      // What a refused batch leaves behind is told by the fact `left`.
    }
  }
}
