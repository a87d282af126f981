package io.logitstream.student.tasks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.logitstream.messages.FailureText;
import io.logitstream.messages.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The items of a multiple-choice task.
 *
 * @param name hellaswag, piqa or winogrande
 * @param file file of the items
 * @param items items in the order of the file
 */
public record TaskFile(String name, Path file, List<MultipleChoiceItem> items) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads tasks.
     *
     * @param files jsonl files by the name of their layout: hellaswag, piqa, winogrande
     * @return tasks in that order
     * @throws UsageException naming the file and line that cannot be read
     */
    public static List<TaskFile> read(Map<String, String> files) {
        Map<String, TaskFormat> formats = Arrays.stream(TaskFormat.values())
                .collect(
                        Collectors.toMap(TaskFormat::title, format -> format, (one, other) -> one, LinkedHashMap::new));
        List<TaskFile> tasks = new ArrayList<>();
        files.forEach((name, file) -> {
            if (!formats.containsKey(name)) {
                throw new UsageException(
                        "task '" + name + "' is unknown; use one of " + String.join(", ", formats.keySet()));
            }
            tasks.add(read(formats.get(name), Path.of(file).toAbsolutePath().normalize()));
        });
        return tasks;
    }

    private static TaskFile read(TaskFormat format, Path file) {
        List<MultipleChoiceItem> items = new ArrayList<>();
        int number = 0;
        try {
            for (String line : Files.readAllLines(file)) {
                number++;
                if (!line.isBlank()) {
                    items.add(item(format, line));
                }
            }
        } catch (JsonProcessingException e) {
            throw new UsageException(file + ", line " + number + ": not valid JSON: " + e.getOriginalMessage());
        } catch (IllegalArgumentException e) {
            throw new UsageException(
                    file + ", line " + number + ": not a " + format.title() + " item: " + e.getMessage());
        } catch (IOException e) {
            throw new UsageException(
                    "task " + format.title() + ": " + file + " cannot be read as UTF-8 text: " + FailureText.of(e));
        }
        if (items.isEmpty()) {
            throw new UsageException("task " + format.title() + ": " + file + " has no items");
        }
        return new TaskFile(format.title(), file, items);
    }

    private static MultipleChoiceItem item(TaskFormat format, String line) throws JsonProcessingException {
        JsonNode json = JSON.readTree(line);
        MultipleChoiceItem item = format.item(json);
        if (item.gold() < 0 || item.gold() >= item.requests().size()) {
            throw new IllegalArgumentException(
                    "its label names none of its " + item.requests().size() + " choices");
        }
        return item;
    }

    /** Number of choices of all items. */
    public long choices() {
        return items.stream().mapToLong(item -> item.requests().size()).sum();
    }
}
