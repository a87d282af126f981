package io.logitstream.model.huggingface;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.logitstream.messages.Printable;
import io.logitstream.model.config.ModelBounds;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.BiConsumer;

/**
 * Streams the JSON header of a safetensors file, tensor by tensor. Its memory is bounded by the number of tensors,
 * not by the length of the text.
 */
public final class SafeTensorsHeader {
    /**
     * A tensor as the header describes it, not yet checked against the file.
     *
     * @param type name of its type, empty if it is missing or not a string
     * @param shape its dimensions
     * @param begin first byte, counted from the end of the header; -1 if it is missing
     * @param end byte after its last one; -1 if it is missing
     */
    public record Tensor(String type, long[] shape, long begin, long end) {}

    /** A header that is JSON but not of this format. */
    public static final class MalformedException extends Exception {
        private static final long serialVersionUID = 1;

        MalformedException(String message) {
            super(message);
        }
    }

    private static final JsonFactory JSON = new JsonFactory();

    private SafeTensorsHeader() {}

    /**
     * Reads a header.
     *
     * @param header JSON text
     * @param tensors receives each tensor with its name
     * @throws IOException if it is not JSON
     * @throws MalformedException if it is JSON of another form, or exceeds the {@link ModelBounds}
     */
    public static void read(byte[] header, BiConsumer<String, Tensor> tensors) throws IOException, MalformedException {
        try (JsonParser json = JSON.createParser(header)) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                throw new MalformedException("its header is not a JSON object");
            }
            int count = 0;
            for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
                json.nextToken();
                if (name.equals("__metadata__")) {
                    json.skipChildren();
                    continue;
                }
                if (++count > ModelBounds.MAX_TENSORS) {
                    throw new MalformedException("it holds more than " + ModelBounds.MAX_TENSORS + " tensors");
                }
                tensors.accept(name, tensor(name, json));
            }
        }
    }

    // A value of the wrong kind counts as missing; it is refused when it is checked against the file.
    private static Tensor tensor(String name, JsonParser json) throws IOException, MalformedException {
        String type = "";
        long[] shape = {};
        long[] offsets = {};
        if (json.currentToken() == JsonToken.START_OBJECT) {
            for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
                JsonToken value = json.nextToken();
                switch (field) {
                    case "dtype" -> type = value.isScalarValue() ? json.getText() : "";
                    case "shape" -> shape = numbers(name, json);
                    case "data_offsets" -> offsets = numbers(name, json);
                    default -> {}
                }
                json.skipChildren();
            }
        } else {
            json.skipChildren();
        }
        return new Tensor(type, shape, offsets.length == 2 ? offsets[0] : -1, offsets.length == 2 ? offsets[1] : -1);
    }

    private static long[] numbers(String name, JsonParser json) throws IOException, MalformedException {
        long[] numbers = new long[ModelBounds.MAX_DIMENSIONS];
        int count = 0;
        if (json.currentToken() == JsonToken.START_ARRAY) {
            while (json.nextToken() != JsonToken.END_ARRAY) {
                if (count == numbers.length) {
                    throw new MalformedException(
                            "tensor " + Printable.of(name) + " has more than " + numbers.length + " dimensions");
                }
                boolean whole = json.currentToken() == JsonToken.VALUE_NUMBER_INT
                        && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER;
                numbers[count++] = whole ? json.getLongValue() : -1;
                json.skipChildren();
            }
        }
        return Arrays.copyOf(numbers, count);
    }
}
