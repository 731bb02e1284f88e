package org.arrowipc.adapter;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Properties;
import org.apache.arrow.vector.ipc.ArrowReader;

/** What the adapter says of itself and of Arrow Java when it starts. */
final class Claims {
  /**
   * Every entry was tried. Arrow Java has no decimals of 32 and 64 bits, no metadata of record batches, no projection and no
   * tensors; its writers make no deltas and merge no dictionaries.
   */
  private static final List<String> FEATURES =
      List.of(
          "format.*",
          "type.*",
          "dict.*:r",
          "dict.basic",
          "dict.nested",
          "dict.ordered",
          "dict.replacement",
          "compress.*",
          "source.path",
          "source.memory",
          "sink.path",
          "sink.memory",
          "access.next",
          "access.random",
          "meta.schema",
          "meta.field",
          "meta.footer",
          "version.v4",
          "legacy",
          "validate.full",
          "fact.num_batches",
          "fact.left",
          "fact.footer_metadata");

  private Claims() {}

  static ObjectNode introduction(boolean hasKit) throws IOException {
    ObjectNode answer = JsonNodeFactory.instance.objectNode().put("protocol", 1);
    answer.putObject("adapter").put("id", "arrow-java").put("version", "1");
    answer.putObject("implementation").put("name", "arrow-java").put("language", "java").put("version", version())
        .putObject("components").put("java", System.getProperty("java.version"));
    answer.putArray("roles").add("consume").add("transcode");
    if (hasKit) {
      answer.withArray("/roles").add("produce").add("echo");
      answer.withArray("/observe").add("cdata");
    }
    answer.withArray("/observe").add("json").add("transcode").add("none");
    FEATURES.forEach(answer.withArray("/features")::add);
    answer.putArray("validate").add("none").add("full");
    answer.putObject("type_map");
    return answer;
  }

  private static String version() throws IOException {
    Properties properties = new Properties();
    try (InputStream in =
        ArrowReader.class.getResourceAsStream("/META-INF/maven/org.apache.arrow/arrow-vector/pom.properties")) {
      properties.load(in);
    }
    return properties.getProperty("version");
  }
}
