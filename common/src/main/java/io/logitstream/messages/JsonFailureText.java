package io.logitstream.messages;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Describes an error in JSON or YAML in terms of the file instead of those of the library. */
final class JsonFailureText {
    /** The names that a file may use, which can differ from the names of the Java constants. */
    private static final Pattern ACCEPTED = Pattern.compile("accepted for Enum class: \\[([^]]*)]");

    private static final Pattern MISSING = Pattern.compile("creator property '([^']*)'");

    private static final Pattern REPEATED = Pattern.compile("Duplicate field '([^']*)'");

    private JsonFailureText() {}

    static String of(JsonProcessingException failure) {
        if (failure instanceof UnrecognizedPropertyException unknown) {
            return "unknown key " + unknown.getPropertyName();
        } else if (failure instanceof ValueInstantiationException && failure.getCause() != null) {
            return FailureText.of(failure.getCause());
        } else if (failure instanceof InvalidFormatException invalid) {
            Matcher values = ACCEPTED.matcher(failure.getOriginalMessage());
            String value = String.valueOf(invalid.getValue());
            return (value.isBlank() ? "an empty text" : Printable.of(value)) + " is not "
                    + (values.find() ? "one of " + values.group(1) : kind(invalid.getTargetType()));
        } else if (failure instanceof MismatchedInputException mismatched && mismatched.getTargetType() != null) {
            return mismatch(mismatched);
        }
        return ClassNames.removed(text(failure.getOriginalMessage())) + at(failure);
    }

    private static String mismatch(MismatchedInputException failure) {
        String original = failure.getOriginalMessage();
        Matcher missing = MISSING.matcher(original);
        if (missing.find()) {
            return "the key " + missing.group(1) + " is missing" + at(failure);
        }
        Matcher repeated = REPEATED.matcher(original);
        if (repeated.find()) {
            return "the key " + repeated.group(1) + " is given twice" + at(failure);
        }
        return original.contains("end-of-input")
                ? "it ends too early"
                : "expected " + kind(failure.getTargetType()) + at(failure);
    }

    // Hints at options of the library do not help someone who edits the file.
    private static String text(String original) {
        String line = original == null ? "" : original.lines().findFirst().orElse("");
        if (line.isBlank()) {
            return "the value does not fit";
        }
        if (line.startsWith("Non-standard token '")) {
            return line.replaceAll("^Non-standard token '([^']*)'.*", "$1 is not a number in JSON");
        }
        return line.replaceAll("\\s*\\(start marker.*", "")
                .replaceAll("\\s*\\((?:enable|use|for|set|Feature)\\b[^)]*\\)", "")
                .replaceAll(": (?:enable|use) [`\\w.]*(?:Feature|FEATURE)\\S*.*", "")
                .replaceAll("\\s*\\(through reference chain:.*", "");
    }

    private static String at(JsonProcessingException failure) {
        JsonLocation location = failure.getLocation();
        return location == null || location.getLineNr() < 1
                ? ""
                : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }

    private static String kind(Class<?> type) {
        if (type == null) {
            return "a value that fits";
        } else if (type == boolean.class || type == Boolean.class) {
            return "true or false";
        } else if (type == int.class
                || type == long.class
                || type == Integer.class
                || type == Long.class
                || type == short.class
                || type == Short.class) {
            return "a whole number" + (type == int.class || type == Integer.class ? " below 2147483648" : "");
        } else if (type.isPrimitive() || Number.class.isAssignableFrom(type)) {
            return "a number";
        } else if (CharSequence.class.isAssignableFrom(type) || Path.class.isAssignableFrom(type)) {
            return "a text";
        } else if (Collection.class.isAssignableFrom(type) || type.isArray()) {
            return "a list";
        } else if (Map.class.isAssignableFrom(type) || type.isRecord()) {
            return "a map of settings";
        }
        return "a value that fits";
    }
}
