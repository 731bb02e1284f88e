package org.arrowipc.adapter;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.arrow.vector.*;
import org.apache.arrow.vector.complex.*;
import org.apache.arrow.vector.dictionary.DictionaryProvider;

/** The values of a vector in canonical JSON (docs/canonical-values.md), as the vector's own getters give them. */
interface CanonicalValues {
  /** Appends the value of a row. */
  void write(int row, StringBuilder text);

  /** The values of a vector of any type; those of a dictionary-encoded one are looked up. */
  static CanonicalValues of(ValueVector vector, DictionaryProvider dictionaries) {
    CanonicalValues values = notNull(vector, dictionaries);
    if (vector instanceof UnionVector || vector instanceof DenseUnionVector) {
      return values;
    }
    return (row, text) -> {
      if (vector.isNull(row)) {
        text.append("null");
      } else {
        values.write(row, text);
      }
    };
  }

  private static CanonicalValues notNull(ValueVector vector, DictionaryProvider dictionaries) {
    if (vector.getField().getDictionary() != null) {
      CanonicalValues values = of(dictionaries.lookup(vector.getField().getDictionary().getId()).getVector(), dictionaries);
      BaseIntVector indices = (BaseIntVector) vector;
      return (row, text) -> values.write(Math.toIntExact(indices.getValueAsLong(row)), text);
    }
    switch (vector.getMinorType()) {
      case NULL:
        return (row, text) -> text.append("null");
      case BIT:
        return (row, text) -> text.append(((BitVector) vector).get(row) != 0);
      case TINYINT:
        return (row, text) -> number(((TinyIntVector) vector).get(row), text);
      case SMALLINT:
        return (row, text) -> number(((SmallIntVector) vector).get(row), text);
      case INT:
        return (row, text) -> number(((IntVector) vector).get(row), text);
      case BIGINT:
        return (row, text) -> number(((BigIntVector) vector).get(row), text);
      case UINT1:
        return (row, text) -> number(((UInt1Vector) vector).getObjectNoOverflow(row), text);
      case UINT2:
        return (row, text) -> number((int) ((UInt2Vector) vector).get(row), text);
      case UINT4:
        return (row, text) -> number(((UInt4Vector) vector).getObjectNoOverflow(row), text);
      case UINT8:
        return (row, text) -> number(((UInt8Vector) vector).getObjectNoOverflow(row), text);
      case FLOAT2:
        return (row, text) -> text.append(String.format("\"%04x\"", ((Float2Vector) vector).get(row)));
      case FLOAT4:
        return (row, text) ->
            text.append(String.format("\"%08x\"", Float.floatToRawIntBits(((Float4Vector) vector).get(row))));
      case FLOAT8:
        return (row, text) ->
            text.append(String.format("\"%016x\"", Double.doubleToRawLongBits(((Float8Vector) vector).get(row))));
      case DECIMAL:
        return (row, text) -> number(((DecimalVector) vector).getObject(row).unscaledValue(), text);
      case DECIMAL256:
        return (row, text) -> number(((Decimal256Vector) vector).getObject(row).unscaledValue(), text);
      case DATEDAY:
        return (row, text) -> number(((DateDayVector) vector).get(row), text);
      case DATEMILLI:
        return (row, text) -> number(((DateMilliVector) vector).get(row), text);
      case TIMESEC:
        return (row, text) -> number(((TimeSecVector) vector).get(row), text);
      case TIMEMILLI:
        return (row, text) -> number(((TimeMilliVector) vector).get(row), text);
      case TIMEMICRO:
        return (row, text) -> number(((TimeMicroVector) vector).get(row), text);
      case TIMENANO:
        return (row, text) -> number(((TimeNanoVector) vector).get(row), text);
      case TIMESTAMPSEC:
      case TIMESTAMPMILLI:
      case TIMESTAMPMICRO:
      case TIMESTAMPNANO:
      case TIMESTAMPSECTZ:
      case TIMESTAMPMILLITZ:
      case TIMESTAMPMICROTZ:
      case TIMESTAMPNANOTZ:
        return (row, text) -> number(((TimeStampVector) vector).get(row), text);
      case DURATION:
        return (row, text) -> number(DurationVector.get(vector.getDataBuffer(), row), text);
      case INTERVALYEAR:
        return (row, text) -> number(((IntervalYearVector) vector).get(row), text);
      case INTERVALDAY:
        return (row, text) -> {
          number(IntervalDayVector.getDays(vector.getDataBuffer(), row), text.append('['));
          number(IntervalDayVector.getMilliseconds(vector.getDataBuffer(), row), text.append(','));
          text.append(']');
        };
      case INTERVALMONTHDAYNANO:
        return (row, text) -> {
          number(IntervalMonthDayNanoVector.getMonths(vector.getDataBuffer(), row), text.append('['));
          number(IntervalMonthDayNanoVector.getDays(vector.getDataBuffer(), row), text.append(','));
          number(IntervalMonthDayNanoVector.getNanoseconds(vector.getDataBuffer(), row), text.append(','));
          text.append(']');
        };
      case VARBINARY:
        return (row, text) -> hex(((VarBinaryVector) vector).get(row), text);
      case LARGEVARBINARY:
        return (row, text) -> hex(((LargeVarBinaryVector) vector).get(row), text);
      case VIEWVARBINARY:
        return (row, text) -> hex(((ViewVarBinaryVector) vector).get(row), text);
      case FIXEDSIZEBINARY:
        return (row, text) -> hex(((FixedSizeBinaryVector) vector).get(row), text);
      case VARCHAR:
        return (row, text) -> string(((VarCharVector) vector).get(row), text);
      case LARGEVARCHAR:
        return (row, text) -> string(((LargeVarCharVector) vector).get(row), text);
      case VIEWVARCHAR:
        return (row, text) -> string(((ViewVarCharVector) vector).get(row), text);
      case LIST:
      case MAP: {
        ListVector list = (ListVector) vector;
        CanonicalValues items = of(list.getDataVector(), dictionaries);
        return (row, text) -> items.range(list.getElementStartIndex(row), list.getElementEndIndex(row), text);
      }
      case LARGELIST: {
        LargeListVector list = (LargeListVector) vector;
        CanonicalValues items = of(list.getDataVector(), dictionaries);
        return (row, text) -> items.range(list.getElementStartIndex(row), list.getElementEndIndex(row), text);
      }
      case LISTVIEW: {
        ListViewVector list = (ListViewVector) vector;
        CanonicalValues items = of(list.getDataVector(), dictionaries);
        return (row, text) -> items.range(list.getElementStartIndex(row), list.getElementEndIndex(row), text);
      }
      case LARGELISTVIEW: {
        LargeListViewVector list = (LargeListViewVector) vector; // has no getElementStartIndex
        CanonicalValues items = of(list.getDataVector(), dictionaries);
        return (row, text) -> {
          long start = list.getOffsetBuffer().getLong((long) row * LargeListViewVector.OFFSET_WIDTH);
          items.range(start, start + list.getSizeBuffer().getLong((long) row * LargeListViewVector.SIZE_WIDTH), text);
        };
      }
      case FIXED_SIZE_LIST: {
        FixedSizeListVector list = (FixedSizeListVector) vector;
        CanonicalValues items = of(list.getDataVector(), dictionaries);
        return (row, text) -> items.range(list.getElementStartIndex(row), list.getElementEndIndex(row), text);
      }
      case STRUCT: {
        List<CanonicalValues> members =
            ((StructVector) vector).getChildrenFromFields().stream()
                .map(member -> of(member, dictionaries)).collect(Collectors.toList());
        return (row, text) -> {
          text.append('[');
          for (CanonicalValues member : members) {
            text.append(member == members.get(0) ? "" : ",");
            member.write(row, text);
          }
          text.append(']');
        };
      }
      case UNION: {
        UnionVector union = (UnionVector) vector;
        return (row, text) -> {
          ValueVector member = union.getVectorByType(union.getTypeValue(row));
          text.append("{\"").append(union.getTypeValue(row)).append("\":");
          of(member, dictionaries).write(row, text);
          text.append('}');
        };
      }
      case DENSEUNION: {
        DenseUnionVector union = (DenseUnionVector) vector;
        return (row, text) -> {
          ValueVector member = union.getVectorByType(union.getTypeId(row));
          text.append("{\"").append(union.getTypeId(row)).append("\":");
          of(member, dictionaries).write(union.getOffset(row), text);
          text.append('}');
        };
      }
      case RUNENDENCODED: {
        RunEndEncodedVector runs = (RunEndEncodedVector) vector;
        CanonicalValues values = of(runs.getValuesVector(), dictionaries);
        return (row, text) -> values.write(runs.getPhysicalIndex(row), text);
      }
      default:
        throw new UnsupportedOperationException("vector of " + vector.getMinorType());
    }
  }

  /** Appends a list of the values from {@code start} up to {@code end}. */
  private void range(long start, long end, StringBuilder text) {
    text.append('[');
    for (long item = start; item < end; item++) {
      text.append(item == start ? "" : ",");
      write(Math.toIntExact(item), text);
    }
    text.append(']');
  }

  private static void number(Object number, StringBuilder text) {
    text.append('"').append(number).append('"');
  }

  private static void hex(byte[] bytes, StringBuilder text) {
    text.append('"').append(HexFormat.of().formatHex(bytes)).append('"');
  }

  private static void string(byte[] bytes, StringBuilder text) {
    try {
      string(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)), text);
    } catch (CharacterCodingException error) {
      hex(bytes, text.append("{\"hex\":"));
      text.append('}');
    }
  }

  /** Appends a string with the escapes that are required, and no other. */
  static void string(CharSequence characters, StringBuilder text) {
    text.append('"');
    for (int i = 0; i < characters.length(); i++) {
      char c = characters.charAt(i);
      int special = "\"\\\b\f\n\r\t".indexOf(c);
      if (special >= 0) {
        text.append('\\').append("\"\\bfnrt".charAt(special));
      } else if (c < ' ') {
        text.append(String.format("\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }
}
