package org.arrowipc.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** The commands that observe: consume, and echo, which imports what consume reads. */
final class Consume {
  private static final long LIMIT = 1L << 30;

  private Consume() {}

  /** Where an input comes from. */
  private interface Opening {
    Input open(BufferAllocator allocator) throws IOException;
  }

  static ObjectNode consume(JsonNode request, Path workdir) throws IOException {
    return observe(request, workdir, allocator -> Input.open(request, workdir, allocator));
  }

  static ObjectNode echo(JsonNode request, Path workdir) throws IOException {
    return observe(request, workdir, allocator -> Input.imported(request, workdir, allocator));
  }

  /** The allocator of one request, with a limit at which Arrow throws. */
  static final class Memory implements AutoCloseable {
    final BufferAllocator allocator = new RootAllocator(LIMIT);

    /** What is not released, in bytes: closing the allocator would throw because of it. */
    long left() {
      return allocator.getAllocatedMemory();
    }

    @Override
    public void close() {
      try {
        allocator.close();
      } catch (IllegalStateException leak) {
        // The fact `left` has told.
      }
    }
  }

  private static ObjectNode observe(JsonNode request, Path workdir, Opening opening) throws IOException {
    try (Memory memory = new Memory()) {
      ObjectNode answer = JsonNodeFactory.instance.objectNode().put("status", "ok");
      ObjectNode facts = answer.putObject("facts");
      try (Input input = opening.open(memory.allocator);
          Observation observation =
              Observation.open(request.path("observe"), request.path("format").asText(), workdir, input, memory.allocator)) {
        if (request.path("access").asText("next").equals("random")) {
          for (JsonNode number : request.get("order")) {
            input.load(number.asInt());
            observation.add(input, input.loaded() - 1);
          }
        } else {
          while (input.next()) {
            observation.add(input, input.loaded() - 1);
          }
        }
        observation.finish(answer);
        input.facts(facts);
      }
      facts.put("left", memory.left());
      return answer;
    }
  }
}
