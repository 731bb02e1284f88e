package org.arrowipc.adapter;

import static org.arrowipc.adapter.Outcome.blame;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.arrow.c.ArrowArray;
import org.apache.arrow.c.ArrowSchema;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** What is done with a root each time a batch was loaded into it. */
abstract class Observation implements AutoCloseable {
  private long batches;
  private long rows;

  /** The observation that {@code observe} of a request asks for. */
  static Observation open(JsonNode observe, String format, Path workdir, Input input, BufferAllocator allocator)
      throws IOException {
    String via = observe.path("via").asText("none");
    Path out = observe.hasNonNull("out") ? workdir.resolve(observe.get("out").asText()) : null;
    switch (via) {
      case "cdata":
        return new CData(input, observe.path("dump").asBoolean() ? out : null, allocator);
      case "json":
        return new Json(input, Files.newBufferedWriter(out));
      case "transcode":
        return new Transcode(Output.open(input, format, out, "path", null));
      case "none":
        return new Json(input, Writer.nullWriter());
      default:
        throw new Outcome.Failure("observe.via " + via + " is not known here");
    }
  }

  /** Takes the batch that the input has loaded, behind {@code before} others. */
  final void add(Input input, int before) throws IOException {
    take(input, before);
    batches++;
    rows += Math.max(0, input.root.getRowCount()); // a negative length is accepted
  }

  abstract void take(Input input, int before) throws IOException;

  /** Ends the observation, and adds what it gave to the answer. */
  void finish(ObjectNode answer) throws IOException {
    answer.put("batches", batches).put("rows", rows);
  }

  @Override
  public abstract void close() throws IOException;

  /** Exports by the C Data Interface into an observer of the kit. */
  private static final class CData extends Observation {
    private final BufferAllocator allocator;
    private final Kit.Observer observer;

    CData(Input input, Path dump, BufferAllocator allocator) {
      this.allocator = allocator;
      try (ArrowSchema schema = ArrowSchema.allocateNew(allocator)) {
        blame("schema", 0, () -> {
          Data.exportSchema(allocator, input.root.getSchema(), input.reader, schema);
          return null;
        });
        observer = new Kit.Observer(schema.memoryAddress(), dump);
      }
    }

    @Override
    void take(Input input, int before) {
      try (ArrowArray array = ArrowArray.allocateNew(allocator)) {
        blame("batch", before, () -> {
          Data.exportVectorSchemaRoot(allocator, input.root, input.reader, array);
          return null;
        });
        observer.batch(array.memoryAddress());
      }
    }

    @Override
    void finish(ObjectNode answer) throws IOException {
      super.finish(answer);
      answer.put("digest", observer.finish());
    }

    @Override
    public void close() {
      observer.close();
    }
  }

  /** Writes a canonical document, with the getters of the vectors; into nothing, it is a walk over every value. */
  private static final class Json extends Observation {
    private final Writer out;
    private String separator = "";

    Json(Input input, Writer out) throws IOException {
      this.out = out;
      out.write("{\"schema\":");
      out.write(blame("schema", 0, () -> CanonicalSchema.text(input.reader.getVectorSchemaRoot().getSchema(), input.reader)));
      out.write(",\"batches\":[");
    }

    @Override
    void take(Input input, int before) throws IOException {
      out.write(separator + blame("batch", before, () -> text(input.root, input)));
      separator = ",";
    }

    private static String text(VectorSchemaRoot root, Input input) {
      StringBuilder text = new StringBuilder();
      text.append("{\"rows\":").append(root.getRowCount()).append(",\"metadata\":[],\"columns\":[");
      for (FieldVector vector : root.getFieldVectors()) {
        text.append(text.charAt(text.length() - 1) == '[' ? "[" : ",[");
        CanonicalValues values = CanonicalValues.of(vector, input.reader);
        for (int row = 0; row < root.getRowCount(); row++) {
          text.append(row == 0 ? "" : ",");
          values.write(row, text);
        }
        text.append(']');
      }
      return text.append("]}").toString();
    }

    @Override
    void finish(ObjectNode answer) throws IOException {
      super.finish(answer);
      out.write("]}");
      close();
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  /** Writes what was read as IPC again. */
  private static final class Transcode extends Observation {
    private final Output output;

    Transcode(Output output) {
      this.output = output;
    }

    @Override
    void take(Input input, int before) {
      output.write(before);
    }

    @Override
    void finish(ObjectNode answer) throws IOException {
      super.finish(answer);
      output.finish();
    }

    @Override
    public void close() throws IOException {
      output.close();
    }
  }
}
