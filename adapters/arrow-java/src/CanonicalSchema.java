package org.arrowipc.adapter;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** Schemas in canonical JSON (docs/canonical-values.md). */
final class CanonicalSchema {
  private CanonicalSchema() {}

  static String text(Schema schema, DictionaryProvider dictionaries) {
    StringBuilder text = new StringBuilder("{\"fields\":");
    fields(schema.getFields(), dictionaries, text);
    text.append(",\"metadata\":");
    metadata(schema.getCustomMetadata(), text);
    return text.append('}').toString();
  }

  private static void fields(List<Field> fields, DictionaryProvider dictionaries, StringBuilder text) {
    text.append('[');
    for (Field field : fields) {
      text.append(field == fields.get(0) ? "" : ",");
      field(field, dictionaries, text);
    }
    text.append(']');
  }

  /** A dictionary-encoded field of a root has the type of its indices; that of its values is with the dictionary. */
  private static void field(Field field, DictionaryProvider dictionaries, StringBuilder text) {
    DictionaryEncoding encoding = field.getDictionary();
    Field values = field;
    if (encoding != null) {
      Dictionary dictionary = dictionaries.lookup(encoding.getId());
      values = dictionary.getVector().getField();
    }
    text.append("{\"name\":");
    CanonicalValues.string(field.getName() == null ? "" : field.getName(), text);
    text.append(",\"type\":");
    CanonicalValues.string(type(values.getType()), text);
    text.append(",\"nullable\":").append(field.isNullable()).append(",\"metadata\":");
    metadata(field.getMetadata(), text);
    if (encoding != null) {
      text.append(",\"dictionary\":{\"index\":\"").append(type(encoding.getIndexType()));
      text.append("\",\"ordered\":").append(encoding.isOrdered()).append('}');
    }
    text.append(",\"children\":");
    fields(values.getChildren(), dictionaries, text);
    text.append('}');
  }

  private static void metadata(Map<String, String> metadata, StringBuilder text) {
    text.append('[');
    for (Iterator<Map.Entry<String, String>> pairs = metadata.entrySet().iterator(); pairs.hasNext(); ) {
      Map.Entry<String, String> pair = pairs.next();
      text.append('[');
      CanonicalValues.string(pair.getKey(), text);
      text.append(',');
      CanonicalValues.string(pair.getValue(), text);
      text.append(pairs.hasNext() ? "]," : "]");
    }
    text.append(']');
  }

  private static String type(ArrowType type) {
    switch (type.getTypeID()) {
      case Null:
        return "null";
      case Bool:
        return "bool";
      case Int: {
        ArrowType.Int number = (ArrowType.Int) type;
        return (number.getIsSigned() ? "int" : "uint") + number.getBitWidth();
      }
      case FloatingPoint:
        switch (((ArrowType.FloatingPoint) type).getPrecision()) {
          case HALF:
            return "float16";
          case SINGLE:
            return "float32";
          default:
            return "float64";
        }
      case Decimal: {
        ArrowType.Decimal decimal = (ArrowType.Decimal) type;
        return String.format("decimal%d(%d, %d)", decimal.getBitWidth(), decimal.getPrecision(), decimal.getScale());
      }
      case Date:
        return ((ArrowType.Date) type).getUnit() == DateUnit.DAY ? "date32" : "date64";
      case Time: {
        ArrowType.Time time = (ArrowType.Time) type;
        return "time" + time.getBitWidth() + "[" + unit(time.getUnit()) + "]";
      }
      case Timestamp: {
        ArrowType.Timestamp timestamp = (ArrowType.Timestamp) type;
        String zone = timestamp.getTimezone();
        return "timestamp[" + unit(timestamp.getUnit()) + (zone == null || zone.isEmpty() ? "]" : ", " + zone + "]");
      }
      case Duration:
        return "duration[" + unit(((ArrowType.Duration) type).getUnit()) + "]";
      case Interval:
        return "interval_" + ((ArrowType.Interval) type).getUnit().name().toLowerCase(java.util.Locale.ROOT);
      case Binary:
        return "binary";
      case LargeBinary:
        return "large_binary";
      case BinaryView:
        return "binary_view";
      case Utf8:
        return "utf8";
      case LargeUtf8:
        return "large_utf8";
      case Utf8View:
        return "utf8_view";
      case FixedSizeBinary:
        return "fixed_size_binary(" + ((ArrowType.FixedSizeBinary) type).getByteWidth() + ")";
      case List:
        return "list";
      case LargeList:
        return "large_list";
      case ListView:
        return "list_view";
      case LargeListView:
        return "large_list_view";
      case FixedSizeList:
        return "fixed_size_list(" + ((ArrowType.FixedSizeList) type).getListSize() + ")";
      case Struct:
        return "struct";
      case Map:
        return ((ArrowType.Map) type).getKeysSorted() ? "map(keys_sorted)" : "map";
      case Union: {
        ArrowType.Union union = (ArrowType.Union) type;
        StringBuilder text = new StringBuilder(union.getMode() == UnionMode.Dense ? "dense_union(" : "sparse_union(");
        for (int id : union.getTypeIds()) {
          text.append(text.charAt(text.length() - 1) == '(' ? "" : ", ").append(id);
        }
        return text.append(')').toString();
      }
      case RunEndEncoded:
        return "run_end_encoded";
      default:
        throw new UnsupportedOperationException("type " + type);
    }
  }

  private static String unit(TimeUnit unit) {
    switch (unit) {
      case SECOND:
        return "s";
      case MILLISECOND:
        return "ms";
      case MICROSECOND:
        return "us";
      default:
        return "ns";
    }
  }
}
