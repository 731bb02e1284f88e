package org.arrowipc.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;

/** The commands that write: produce imports what transcode reads. */
final class Produce {
  private Produce() {}

  static ObjectNode produce(JsonNode request, Path workdir) throws IOException {
    try (Consume.Memory memory = new Consume.Memory();
        Input input = Input.imported(request, workdir, memory.allocator)) {
      return write(input, request.get("format").asText(), request, workdir);
    }
  }

  static ObjectNode transcode(JsonNode request, Path workdir) throws IOException {
    try (Consume.Memory memory = new Consume.Memory();
        Input input = Input.open(request, workdir, memory.allocator)) {
      return write(input, request.get("to").asText(), request, workdir);
    }
  }

  private static ObjectNode write(Input input, String format, JsonNode request, Path workdir) throws IOException {
    Path out = workdir.resolve(request.get("out").asText());
    try (Output output = Output.open(input, format, out, request.path("sink").asText("path"), request.get("options"))) {
      while (input.next()) {
        output.write(input.loaded() - 1);
      }
      return JsonNodeFactory.instance.objectNode().put("status", "ok").put("size", output.finish());
    }
  }
}
