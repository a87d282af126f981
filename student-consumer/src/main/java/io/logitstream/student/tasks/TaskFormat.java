package io.logitstream.student.tasks;

import com.fasterxml.jackson.databind.JsonNode;
import io.logitstream.student.tasks.MultipleChoiceItem.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Layouts of task files with one JSON object per line, and the requests that the harness builds from them. */
enum TaskFormat {
    /** Fields ctx_a, ctx_b, activity_label, endings and label. */
    HELLASWAG {
        @Override
        MultipleChoiceItem item(JsonNode line) {
            String context = text(line, "ctx_a") + " " + PythonText.capitalize(text(line, "ctx_b"));
            String query = withoutBrackets(text(line, "activity_label") + ": " + context);
            List<String> endings = new ArrayList<>();
            array(line, "endings").forEach(ending -> endings.add(withoutBrackets(ending.asText())));
            return continuations(query, endings, number(line, "label"));
        }
    },
    /** Fields goal, sol1, sol2 and label. */
    PIQA {
        @Override
        MultipleChoiceItem item(JsonNode line) {
            return continuations(
                    "Question: " + text(line, "goal") + "\nAnswer:",
                    List.of(text(line, "sol1"), text(line, "sol2")),
                    number(line, "label"));
        }
    },
    /**
     * Fields sentence, with a blank _, option1, option2 and answer: the text behind the blank is scored after each
     * option.
     */
    WINOGRANDE {
        @Override
        MultipleChoiceItem item(JsonNode line) {
            String sentence = text(line, "sentence");
            int blank = sentence.indexOf('_');
            if (blank < 0) {
                throw new IllegalArgumentException("sentence has no blank _");
            }
            String after = " " + PythonText.strip(sentence.substring(blank + 1));
            String before = sentence.substring(0, blank);
            return new MultipleChoiceItem(
                    List.of(
                            new Request(before + text(line, "option1"), after),
                            new Request(before + text(line, "option2"), after)),
                    List.of(),
                    number(line, "answer") - 1);
        }
    };

    // Python's dot matches all but a line feed.
    private static final Pattern BRACKETS = Pattern.compile("\\[.*?\\]", Pattern.UNIX_LINES);

    /** The item of a line; its label is not checked. */
    abstract MultipleChoiceItem item(JsonNode line);

    /** Name on the command line and in reports. */
    String title() {
        return name().toLowerCase(Locale.ROOT);
    }

    private static MultipleChoiceItem continuations(String context, List<String> choices, int gold) {
        return new MultipleChoiceItem(
                choices.stream()
                        .map(choice -> new Request(context, " " + choice))
                        .toList(),
                choices,
                gold);
    }

    private static String withoutBrackets(String text) {
        String stripped = PythonText.strip(text).replace(" [title]", ". ");
        return BRACKETS.matcher(stripped).replaceAll("").replace("  ", " ");
    }

    private static String text(JsonNode line, String field) {
        JsonNode value = line.path(field);
        if (!value.isTextual()) {
            throw new IllegalArgumentException("field " + field + " is missing or not a string");
        }
        return value.asText();
    }

    private static JsonNode array(JsonNode line, String field) {
        if (!line.path(field).isArray()) {
            throw new IllegalArgumentException("field " + field + " is missing or not an array");
        }
        return line.path(field);
    }

    // Published files have labels as numbers or as strings.
    private static int number(JsonNode line, String field) {
        String value = line.path(field).asText();
        if (!value.matches("\\d{1,9}")) {
            throw new IllegalArgumentException("field " + field + " is missing or not a number");
        }
        return Integer.parseInt(value);
    }
}
