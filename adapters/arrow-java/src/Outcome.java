package org.arrowipc.adapter;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What a request can end with besides success; each gives the fields of the answer. */
abstract class Outcome extends RuntimeException {
  private static final long serialVersionUID = 1;

  Outcome(String message, Throwable cause) {
    super(message, cause);
  }

  abstract ObjectNode answer();

  /** Something of Arrow that may throw. */
  interface Call<T> {
    T get() throws Exception;
  }

  /**
   * Calls Arrow: whatever it throws is its refusal in {@code phase}. Errors are, too: a StackOverflowError or an
   * OutOfMemoryError is how Arrow meets metadata that nest or promise too much, and the JVM stays as it is.
   */
  static <T> T blame(String phase, int batchesBefore, Call<T> call) {
    try {
      return call.get();
    } catch (Outcome outcome) {
      throw outcome;
    } catch (Throwable error) {
      throw new Rejected(phase, batchesBefore, error);
    }
  }

  /** Arrow refused its input. */
  static final class Rejected extends Outcome {
    private static final long serialVersionUID = 1;
    private final String phase;
    private final int batchesBefore;

    Rejected(String phase, int batchesBefore, Throwable cause) {
      super(String.valueOf(cause.getMessage()), cause);
      this.phase = phase;
      this.batchesBefore = batchesBefore;
    }

    @Override
    ObjectNode answer() {
      ObjectNode answer = JsonNodeFactory.instance.objectNode().put("status", "rejected").put("phase", phase);
      answer.putObject("error").put("type", getCause().getClass().getName()).put("message", getMessage());
      return answer.put("batches_before", batchesBefore);
    }
  }

  /** Arrow has no way to do what is asked for. */
  static final class Unsupported extends Outcome {
    private static final long serialVersionUID = 1;
    private final String feature;

    Unsupported(String feature, String message) {
      super(message, null);
      this.feature = feature;
    }

    @Override
    ObjectNode answer() {
      return JsonNodeFactory.instance.objectNode()
          .put("status", "unsupported").put("feature", feature).put("message", getMessage());
    }
  }

  /** What Arrow exported is not as the C Data Interface says; the faults that the kit noticed tell the rest. */
  static final class Malformed extends Outcome {
    private static final long serialVersionUID = 1;

    Malformed(String message) {
      super(message, null);
    }

    @Override
    ObjectNode answer() {
      return JsonNodeFactory.instance.objectNode().put("status", "ok");
    }
  }

  /** The adapter, its input or the kit failed. */
  static final class Failure extends Outcome {
    private static final long serialVersionUID = 1;

    Failure(String message) {
      super(message, null);
    }

    @Override
    ObjectNode answer() {
      return JsonNodeFactory.instance.objectNode().put("status", "error").put("message", getMessage());
    }
  }
}
