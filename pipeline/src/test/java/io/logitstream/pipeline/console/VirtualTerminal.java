package io.logitstream.pipeline.console;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A simulated terminal that wraps lines and interprets the control sequences of a progress display. */
final class VirtualTerminal extends OutputStream implements TerminalSize {
    private final List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));
    private final StringBuilder escape = new StringBuilder();
    private int columns;
    private final int rows;
    private int row;
    private int column;

    VirtualTerminal(int columns, int rows) {
        this.columns = columns;
        this.rows = rows;
    }

    /** Resizes the window; lines that no longer fit wrap, as in xterm, VTE and tmux. */
    void resize(int width) {
        int rowNow = row;
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).length() > width) {
                lines.add(i + 1, new StringBuilder(lines.get(i).substring(width)));
                lines.get(i).setLength(width);
                if (i < rowNow || i == row && column > width) {
                    rowNow++;
                    row++;
                    column = i + 1 == row ? column - width : column;
                }
            }
        }
        columns = width;
    }

    @Override
    public int columns() {
        return columns;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public void write(int one) {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] more, int offset, int length) {
        new String(more, offset, length, StandardCharsets.UTF_8).codePoints().forEach(this::put);
    }

    private void put(int character) {
        if (!escape.isEmpty() || character == '\u001b') {
            escape.appendCodePoint(character);
            if (Character.isLetter(character)) {
                control(escape.toString());
                escape.setLength(0);
            }
        } else if (character == '\r') {
            column = 0;
        } else if (character == '\n') {
            down();
            column = 0;
        } else {
            if (column == columns) {
                down();
                column = 0;
            }
            StringBuilder line = lines.get(row);
            while (line.length() <= column) {
                line.append(' ');
            }
            line.setCharAt(column++, (char) character);
        }
    }

    private void down() {
        row++;
        if (row == lines.size()) {
            lines.add(new StringBuilder());
        }
    }

    private void control(String sequence) {
        char what = sequence.charAt(sequence.length() - 1);
        String number = sequence.substring(2, sequence.length() - 1);
        if (what == 'A') {
            row = Math.max(0, row - Integer.parseInt(number));
        } else if (what == 'K' || what == 'J') {
            lines.get(row).setLength(Math.min(column, lines.get(row).length()));
            if (what == 'J') {
                lines.subList(row + 1, lines.size()).clear();
            }
        } else {
            throw new AssertionError("unknown control sequence " + sequence.substring(1));
        }
    }

    /** Content of the screen and the scrollback, without trailing blanks. */
    List<String> screen() {
        return lines.stream().map(line -> line.toString().stripTrailing()).toList();
    }
}
