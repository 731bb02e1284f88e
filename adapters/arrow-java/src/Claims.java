package org.arrowipc.adapter;

import com.fasterxml.jackson.databind.node.ArrayNode;
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
   * tensors; its writers make no deltas and merge no dictionaries. It does not convert byte orders, and does not refuse to: hence
   * {@code endian.big}. ValueVectorUtility.validateFull throws on valid vectors of many types (README.md), so that it would hide
   * what is read; there is no {@code validate.full}.
   */
  private static final List<String> FEATURES =
      List.of(
          "format.*",
          "dict.*:r",
          "dict.basic",
          "dict.nested",
          "dict.ordered",
          "dict.replacement",
          "endian.big",
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
          "fact.num_batches",
          "fact.left",
          "fact.footer_metadata");

  private static final String TYPES =
          "null bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 decimal128 "
          + "decimal256 date32 date64 time32 time64 timestamp duration interval_year_month interval_day_time "
          + "interval_month_day_nano binary large_binary binary_view utf8 large_utf8 utf8_view fixed_size_binary "
          + "list large_list list_view large_list_view fixed_size_list struct map dense_union sparse_union "
          + "run_end_encoded";

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
    ArrayNode features = answer.putArray("features");
    FEATURES.forEach(features::add);
    for (String type : TYPES.split(" ")) {
      features.add("type." + type);
    }
    answer.putArray("validate").add("none");
    answer.putObject("type_map");
    answer.putArray("loses").add("metadata_order").add("child_names");
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
