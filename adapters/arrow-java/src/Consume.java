package org.arrowipc.adapter;

import static org.arrowipc.adapter.Outcome.blame;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.util.ValueVectorUtility;

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
        boolean validate = request.path("validate").asText().equals("full");
        if (request.path("access").asText("next").equals("random")) {
          for (JsonNode number : request.get("order")) {
            input.load(number.asInt());
            take(input, observation, validate);
          }
        } else {
          while (input.next()) {
            take(input, observation, validate);
          }
        }
        observation.finish(answer);
        input.facts(facts);
      }
      facts.put("left", memory.left());
      return answer;
    }
  }

  private static void take(Input input, Observation observation, boolean validate) throws IOException {
    int before = input.loaded() - 1;
    if (validate) {
      blame("validate", before, () -> validated(input));
    }
    observation.add(input, before);
  }

  /** A root's validation knows nothing of dictionaries, which are vectors beside it. */
  private static boolean validated(Input input) throws IOException {
    ValueVectorUtility.validateFull(input.root);
    for (Dictionary dictionary : input.reader.getDictionaryVectors().values()) {
      ValueVectorUtility.validateFull(dictionary.getVector());
    }
    return true;
  }
}
