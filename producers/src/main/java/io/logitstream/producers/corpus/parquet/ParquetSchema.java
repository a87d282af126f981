package io.logitstream.producers.corpus.parquet;

import io.logitstream.producers.corpus.files.UnusableFileException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Columns of a Parquet file, as a tree in the order of its nodes. */
final class ParquetSchema {
    /** A node: a column, or a group of columns. */
    private static final class Node {
        private int type = -1;
        private int repetition;
        private String name = "";
        private int children;
        private int convertedType = -1;
        private int logicalType = -1;

        private void field(CompactReader in, int id) throws IOException {
            switch (id) {
                case 1 -> type = in.i32();
                case 3 -> repetition = in.i32();
                case 4 -> name = in.name();
                case 5 -> children = in.i32();
                case 6 -> convertedType = in.i32();
                case 10 ->
                    in.struct((same, kind) -> {
                        logicalType = kind;
                        same.skip();
                    });
                default -> in.skip();
            }
        }

        private boolean isText() {
            boolean converted = convertedType < 0
                    || convertedType == CONVERTED_UTF8
                    || convertedType == CONVERTED_ENUM
                    || convertedType == CONVERTED_JSON;
            boolean logical = logicalType < 0
                    || logicalType == LOGICAL_STRING
                    || logicalType == LOGICAL_ENUM
                    || logicalType == LOGICAL_JSON;
            return children == 0 && type == BYTE_ARRAY && converted && logical;
        }

        private String kind() {
            if (children > 0) {
                boolean list = convertedType == CONVERTED_LIST || logicalType == LOGICAL_LIST;
                return list ? "a list" : "a group";
            }
            boolean known = type >= 0 && type < TYPES.size();
            if (logicalType == LOGICAL_NULL) {
                return "of type null";
            }
            return type == BYTE_ARRAY ? "binary data" : "of type " + (known ? TYPES.get(type) : type);
        }
    }

    /**
     * A column of text.
     *
     * @param path names from the root to the column
     * @param maxDefinitionLevel definition level of a value that is there; lower ones denote null
     */
    record TextColumn(List<String> path, int maxDefinitionLevel) {}

    private static final List<String> TYPES =
            List.of("boolean", "int32", "int64", "int96", "float", "double", "binary", "fixed-length binary");
    private static final int BYTE_ARRAY = 6;
    private static final int REQUIRED = 0;
    private static final int REPEATED = 2;
    private static final int CONVERTED_UTF8 = 0;
    private static final int CONVERTED_LIST = 3;
    private static final int CONVERTED_ENUM = 4;
    private static final int CONVERTED_JSON = 19;
    private static final int LOGICAL_STRING = 1;
    private static final int LOGICAL_LIST = 3;
    private static final int LOGICAL_ENUM = 4;
    private static final int LOGICAL_NULL = 11;
    private static final int LOGICAL_JSON = 12;
    private static final int MAX_NODES = 100_000;
    private static final int MAX_NAMED = 10;

    private final List<Node> nodes = new ArrayList<>();

    /** Reads the next node of the footer's list. */
    void read(CompactReader in) throws IOException {
        if (nodes.size() == MAX_NODES) {
            throw UnusableFileException.damaged("it has more than " + MAX_NODES + " columns");
        }
        Node node = new Node();
        in.struct(node::field);
        nodes.add(node);
    }

    /**
     * Finds a column of text.
     *
     * @param dotted names from the root to the column, joined with dots; a name may itself have a dot
     * @throws UnusableFileException when there is none, or it has another type
     */
    TextColumn textColumn(String dotted) throws UnusableFileException {
        if (nodes.isEmpty()) {
            throw UnusableFileException.damaged("its Parquet metadata has no columns");
        }
        List<String> path = new ArrayList<>();
        String rest = dotted;
        int level = 0;
        int parent = 0;
        while (true) {
            int child = child(parent, rest);
            if (child < 0) {
                throw UnusableFileException.misfit("it has no column '" + dotted + "'" + textColumns());
            }
            Node node = nodes.get(child);
            path.add(node.name);
            boolean last = rest.equals(node.name);
            if (node.repetition == REPEATED || !last && node.kind().equals("a list")) {
                throw UnusableFileException.misfit(
                        "column '" + String.join(".", path) + "' is a list, not one text for each row" + textColumns());
            }
            level += node.repetition == REQUIRED ? 0 : 1;
            if (last) {
                if (!node.isText()) {
                    throw UnusableFileException.misfit(
                            "column '" + dotted + "' is " + node.kind() + ", not text" + textColumns());
                }
                return new TextColumn(List.copyOf(path), level);
            }
            rest = rest.substring(node.name.length() + 1);
            parent = child;
        }
    }

    /** Index of the child with the longest name that the path starts with; -1 if there is none. */
    private int child(int parent, String path) throws UnusableFileException {
        int found = -1;
        int child = parent + 1;
        for (int i = 0; i < nodes.get(parent).children; i++) {
            Node node = node(child);
            boolean fits = path.equals(node.name) || node.children > 0 && path.startsWith(node.name + ".");
            if (fits && (found < 0 || node.name.length() > nodes.get(found).name.length())) {
                found = child;
            }
            child = after(child);
        }
        return found;
    }

    private Node node(int index) throws UnusableFileException {
        if (index >= nodes.size()) {
            throw UnusableFileException.damaged("its Parquet metadata is corrupt");
        }
        return nodes.get(index);
    }

    /** Index of the node after a node and all nodes below it. */
    private int after(int index) throws UnusableFileException {
        long open = 1;
        int next = index;
        while (open > 0) {
            open += Math.max(0, node(next).children) - 1;
            next++;
        }
        return next;
    }

    /** Supplement to a message: the columns of text. */
    private String textColumns() throws UnusableFileException {
        List<String> names = new ArrayList<>();
        collect(0, "", names, new int[] {1});
        return names.isEmpty()
                ? "; it has no column of text"
                : "; its columns of text: " + String.join(", ", names.subList(0, Math.min(MAX_NAMED, names.size())))
                        + (names.size() > MAX_NAMED ? ", ..." : "") + " (corpus.textField)";
    }

    private void collect(int parent, String prefix, List<String> names, int[] next) throws UnusableFileException {
        for (int i = 0; i < nodes.get(parent).children; i++) {
            int child = next[0]++;
            Node node = node(child);
            if (node.isText() && node.repetition != REPEATED) {
                names.add(prefix + node.name);
            } else if (node.repetition == REPEATED || node.kind().equals("a list") || prefix.length() > 1000) {
                next[0] = after(child);
            } else {
                collect(child, prefix + node.name + ".", names, next);
            }
        }
    }
}
