package org.arrowipc.adapter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.jna.Function;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Adapter of Arrow Java for the conformance suite: protocol 1 on standard input and output (docs/protocol.md). */
public final class Adapter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Path workdir = Path.of("");
  private boolean hasKit;

  private Adapter() {}

  /** Serves standard input. */
  public static void main(String[] arguments) throws IOException {
    OutputStream answers = privateOutput();
    BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Adapter adapter = new Adapter();
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      ObjectNode answer = adapter.answer(line);
      if (answer == null) {
        return;
      }
      answers.write((JSON.writeValueAsString(answer) + "\n").getBytes(StandardCharsets.UTF_8));
      answers.flush();
    }
  }

  /** Standard output for the protocol alone: descriptor 1, on which a JVM that crashes says so, becomes standard error. */
  private static OutputStream privateOutput() throws IOException {
    int answers = Function.getFunction("c", "dup").invokeInt(new Object[] {1});
    Function.getFunction("c", "dup2").invokeInt(new Object[] {2, 1});
    return new FileOutputStream("/dev/fd/" + answers);
  }

  /** The answer to one line, whatever it holds; null for stop. */
  private ObjectNode answer(String line) {
    ObjectNode answer = JSON.createObjectNode();
    try {
      JsonNode request = JSON.readTree(line);
      if (request.has("id")) {
        answer.set("id", request.get("id"));
      }
      if (request.path("cmd").asText().equals("stop")) {
        return null;
      }
      answer.setAll(perform(request));
    } catch (Outcome outcome) {
      answer.setAll(outcome.answer());
    } catch (IOException | RuntimeException | LinkageError error) {
      answer.put("status", "error").put("message", error.toString());
    }
    return withFaults(answer);
  }

  private ObjectNode perform(JsonNode request) throws IOException {
    String command = request.path("cmd").asText();
    switch (command) {
      case "start":
        workdir = Path.of(request.get("workdir").asText());
        hasKit = request.hasNonNull("kit");
        if (hasKit) {
          Kit.load(request.get("kit").asText());
        }
        return Claims.introduction(hasKit);
      case "reset":
        return JSON.createObjectNode().put("allocated", 0);
      case "consume":
        return Consume.consume(request, workdir);
      case "produce":
        return Produce.produce(request, workdir);
      case "transcode":
        return Produce.transcode(request, workdir);
      case "echo":
        return Consume.echo(request, workdir);
      default:
        throw new Outcome.Unsupported("cmd." + command, "unknown command");
    }
  }

  private ObjectNode withFaults(ObjectNode answer) {
    String status = answer.path("status").asText();
    if (!hasKit || status.isEmpty()) {
      return answer;
    }
    try {
      JsonNode faults = JSON.readTree(Kit.faults());
      if (status.equals("ok") || status.equals("rejected")) {
        answer.withObject("/facts").set("cdata_faults", faults);
      }
    } catch (IOException | Outcome error) {
      answer.put("status", "error").put("message", error.toString());
    }
    return answer;
  }
}
