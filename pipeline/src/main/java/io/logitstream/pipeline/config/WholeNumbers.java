package io.logitstream.pipeline.config;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.deser.std.DelegatingDeserializer;
import com.fasterxml.jackson.databind.deser.std.NumberDeserializers;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;

/** Refuses a number with a fraction where a key takes whole numbers; Jackson would cut the fraction off. */
final class WholeNumbers extends DelegatingDeserializer {
    private static final long serialVersionUID = 1L;

    private WholeNumbers(JsonDeserializer<?> number) {
        super(number);
    }

    static SimpleModule module() {
        SimpleModule module = new SimpleModule("whole numbers");
        add(module, int.class);
        add(module, Integer.class);
        add(module, long.class);
        add(module, Long.class);
        return module;
    }

    @SuppressWarnings("unchecked") // Jackson finds the deserializer of the same class.
    private static <T> void add(SimpleModule module, Class<T> type) {
        module.addDeserializer(
                type, (JsonDeserializer<T>) new WholeNumbers(NumberDeserializers.find(type, type.getName())));
    }

    @Override
    protected JsonDeserializer<?> newDelegatingInstance(JsonDeserializer<?> number) {
        return new WholeNumbers(number);
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        if (parser.currentToken() == JsonToken.VALUE_NUMBER_FLOAT
                && (!Double.isFinite(parser.getDoubleValue())
                        || parser.getDecimalValue().stripTrailingZeros().scale() > 0)) {
            return context.reportInputMismatch(this, "%s is not a whole number", parser.getText());
        }
        return super.deserialize(parser, context);
    }
}
