// SPDX-License-Identifier: Apache-2.0
package dev.dendra.format;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the header of a GGUF file says, once all of it has been checked.
 *
 * @param metadata the key-value section
 * @param tensors by name, in file order
 */
record GgufHeader(ModelMetadata metadata, Map<String, GgufTensor> tensors) {

    /** Parses the header of {@code segment}, a whole file. */
    static GgufHeader read(String file, MemorySegment segment) throws ModelFormatException {
        return new Parser(file, segment).parse();
    }

    private static final class Parser {
        private static final int MAGIC = 0x46554747;
        private static final int DEFAULT_ALIGNMENT = 32;
        private static final int MAXIMUM_ALIGNMENT = 1 << 20;
        private static final int MAXIMUM_DIMENSIONS = 4;
        private static final int MAXIMUM_KEYS = 1 << 16;
        private static final int MAXIMUM_TENSORS = 1 << 16;
        private static final int MAXIMUM_NAME_BYTES = (1 << 16) - 1;
        private static final int MAXIMUM_STRING_BYTES = 1 << 24;
        /** Most array elements in all, four vocabularies of a million: it bounds the memory that a header can ask for. */
        private static final long MAXIMUM_ELEMENTS = 1L << 22;

        /** Length, at least one character, type, smallest value. */
        private static final int SMALLEST_ENTRY = 8 + 1 + 4 + 1;
        /** Length, at least one character, number of dimensions, one dimension, type, offset. */
        private static final int SMALLEST_TENSOR = 8 + 1 + 4 + 8 + 4 + 8;

        private static final int TYPE_STRING = 8;
        private static final int TYPE_ARRAY = 9;

        private final String file;
        private final MemorySegment segment;
        private final SegmentCursor cursor;
        private long elementsLeft = MAXIMUM_ELEMENTS;

        Parser(String file, MemorySegment segment) {
            this.file = file;
            this.segment = segment;
            this.cursor = new SegmentCursor(file, segment);
        }

        GgufHeader parse() throws ModelFormatException {
            if (cursor.int32("magic") != MAGIC) {
                throw fault(0, "magic", "is not 'GGUF'");
            }
            version();
            long tensorCount = count("tensor count", MAXIMUM_TENSORS);
            long keyCount = count("metadata count", MAXIMUM_KEYS);
            cursor.requireElements(tensorCount, SMALLEST_TENSOR, "tensor count");
            cursor.requireElements(keyCount, SMALLEST_ENTRY, "metadata count");
            ModelMetadata metadata = metadata(keyCount);
            int alignment = metadata.integerOr("general.alignment", 1, MAXIMUM_ALIGNMENT, DEFAULT_ALIGNMENT);
            if (Integer.bitCount(alignment) != 1) {
                throw metadata.fault("general.alignment", "is " + alignment + ", not a power of two");
            }
            cursor.requireElements(tensorCount, SMALLEST_TENSOR, "tensor count");
            List<Declaration> declarations = new ArrayList<>();
            for (long i = 0; i < tensorCount; i++) {
                declarations.add(declaration());
            }
            long dataStart = (cursor.position() + alignment - 1) & -(long) alignment;
            return new GgufHeader(metadata, tensors(declarations, dataStart, alignment));
        }

        private void version() throws ModelFormatException {
            long start = cursor.position();
            int version = cursor.int32("version");
            int reversed = Integer.reverseBytes(version);
            if (reversed == 2 || reversed == 3) {
                throw fault(start, "version", "big-endian GGUF is not supported");
            }
            if (version != 2 && version != 3) {
                throw fault(start, "version", "is " + Integer.toUnsignedString(version) + ", expected 2 or 3");
            }
        }

        private long count(String field, int maximum) throws ModelFormatException {
            long start = cursor.position();
            long count = cursor.int64(field);
            if (Long.compareUnsigned(count, maximum) > 0) {
                throw fault(
                        start, field, "is " + Long.toUnsignedString(count) + ", at most " + maximum + " are accepted");
            }
            return count;
        }

        private ModelMetadata metadata(long keyCount) throws ModelFormatException {
            Map<String, Object> values = new LinkedHashMap<>();
            for (long i = 0; i < keyCount; i++) {
                long start = cursor.position();
                String key = name("metadata key " + i);
                if (values.containsKey(key)) {
                    throw fault(start, "metadata '" + key + "'", "appears twice");
                }
                values.put(key, value("metadata '" + key + "'"));
            }
            return new ModelMetadata(file, values);
        }

        private String name(String field) throws ModelFormatException {
            long start = cursor.position();
            String name = cursor.string(field, MAXIMUM_NAME_BYTES);
            if (name.isEmpty()) {
                throw fault(start, field, "is empty");
            }
            return name;
        }

        private Object value(String field) throws ModelFormatException {
            long start = cursor.position();
            int type = cursor.int32(field + " type");
            return switch (type) {
                case TYPE_STRING -> cursor.string(field, MAXIMUM_STRING_BYTES);
                case TYPE_ARRAY -> array(field);
                default ->
                    switch (Scalar.ofType(type)) {
                        case INTEGER -> integer(type, field);
                        case NUMBER -> number(type, field);
                        case FLAG -> flag(field);
                        case null -> throw unknownType(start, field, type);
                    };
            };
        }

        private ModelFormatException unknownType(long start, String field, int type) {
            return fault(start, field + " type", "unknown value type " + Integer.toUnsignedString(type));
        }

        private Object array(String field) throws ModelFormatException {
            long start = cursor.position();
            int type = cursor.int32(field + " element type");
            if (type == TYPE_ARRAY) {
                throw fault(start, field, "arrays of arrays are not supported");
            }
            Scalar scalar = Scalar.ofType(type);
            if (scalar == null && type != TYPE_STRING) {
                throw unknownType(start, field, type);
            }
            long lengthStart = cursor.position();
            long length = cursor.int64(field + " length");
            if (Long.compareUnsigned(length, elementsLeft) > 0) {
                throw fault(
                        lengthStart,
                        field + " length",
                        "is " + Long.toUnsignedString(length) + ", a file may hold " + MAXIMUM_ELEMENTS
                                + " array elements in all");
            }
            cursor.requireElements(length, type == TYPE_STRING ? Long.BYTES : sizeOf(type), field + " length");
            elementsLeft -= length;
            return scalar == null ? strings((int) length, field) : scalars(scalar, type, (int) length, field);
        }

        private List<String> strings(int length, String field) throws ModelFormatException {
            String[] values = new String[length];
            for (int i = 0; i < length; i++) {
                values[i] = cursor.string(field, MAXIMUM_STRING_BYTES);
            }
            return Collections.unmodifiableList(Arrays.asList(values));
        }

        private Object scalars(Scalar scalar, int type, int length, String field) throws ModelFormatException {
            return switch (scalar) {
                case INTEGER -> integers(type, length, field);
                case NUMBER -> numbers(type, length, field);
                case FLAG -> flags(length, field);
            };
        }

        private long[] integers(int type, int length, String field) throws ModelFormatException {
            long[] values = new long[length];
            for (int i = 0; i < length; i++) {
                values[i] = integer(type, field);
            }
            return values;
        }

        private double[] numbers(int type, int length, String field) throws ModelFormatException {
            double[] values = new double[length];
            for (int i = 0; i < length; i++) {
                values[i] = number(type, field);
            }
            return values;
        }

        private boolean[] flags(int length, String field) throws ModelFormatException {
            boolean[] values = new boolean[length];
            for (int i = 0; i < length; i++) {
                values[i] = flag(field);
            }
            return values;
        }

        private long integer(int type, String field) throws ModelFormatException {
            long start = cursor.position();
            return switch (type) {
                case 0 -> Byte.toUnsignedLong(cursor.int8(field));
                case 1 -> cursor.int8(field);
                case 2 -> Short.toUnsignedLong(cursor.int16(field));
                case 3 -> cursor.int16(field);
                case 4 -> Integer.toUnsignedLong(cursor.int32(field));
                case 5 -> cursor.int32(field);
                case 10 -> {
                    long value = cursor.int64(field);
                    if (value < 0) {
                        throw fault(start, field, "is " + Long.toUnsignedString(value) + ", beyond 2^63 - 1");
                    }
                    yield value;
                }
                case 11 -> cursor.int64(field);
                default -> throw new IllegalArgumentException("no integer type " + type);
            };
        }

        private double number(int type, String field) throws ModelFormatException {
            return sizeOf(type) == Float.BYTES
                    ? Float.intBitsToFloat(cursor.int32(field))
                    : Double.longBitsToDouble(cursor.int64(field));
        }

        private boolean flag(String field) throws ModelFormatException {
            long start = cursor.position();
            byte value = cursor.int8(field);
            if (value != 0 && value != 1) {
                throw fault(start, field, "a boolean is " + value + ", expected 0 or 1");
            }
            return value == 1;
        }

        private static int sizeOf(int type) {
            return switch (type) {
                case 0, 1, 7 -> 1;
                case 2, 3 -> 2;
                case 4, 5, 6 -> 4;
                default -> 8;
            };
        }

        private Declaration declaration() throws ModelFormatException {
            long start = cursor.position();
            String name = name("tensor name");
            String field = "tensor '" + name + "'";
            long dimensionsStart = cursor.position();
            int dimensions = cursor.int32(field + " dimensions");
            if (dimensions < 1 || dimensions > MAXIMUM_DIMENSIONS) {
                throw fault(
                        dimensionsStart,
                        field + " dimensions",
                        "are " + Integer.toUnsignedString(dimensions) + ", expected 1 to " + MAXIMUM_DIMENSIONS);
            }
            List<Long> shape = new ArrayList<>(dimensions);
            for (int i = 0; i < dimensions; i++) {
                long dimensionStart = cursor.position();
                long dimension = cursor.int64(field + " dimension " + i);
                if (dimension < 1) {
                    throw fault(
                            dimensionStart,
                            field + " dimension " + i,
                            "is " + Long.toUnsignedString(dimension) + ", expected 1 to 2^63 - 1");
                }
                shape.add(dimension);
            }
            long typeStart = cursor.position();
            int id = cursor.int32(field + " type");
            GgmlType type = GgmlType.ofId(id);
            if (type == null) {
                throw fault(
                        typeStart,
                        field + " type",
                        "type " + GgmlType.nameOf(id) + " is not supported; supported: "
                                + Arrays.toString(GgmlType.values()));
            }
            if (shape.getFirst() % type.blockElements() != 0) {
                throw fault(
                        dimensionsStart,
                        field + " dimension 0",
                        "is " + shape.getFirst() + ", " + type + " needs a multiple of " + type.blockElements());
            }
            long offsetStart = cursor.position();
            long offset = cursor.int64(field + " offset");
            return new Declaration(
                    name, type, List.copyOf(shape), start, offset, offsetStart, bytes(type, shape, start, field));
        }

        private long bytes(GgmlType type, List<Long> shape, long start, String field) throws ModelFormatException {
            try {
                long bytes = type.rowBytes(shape.getFirst());
                long elements = shape.getFirst();
                for (long dimension : shape.subList(1, shape.size())) {
                    bytes = Math.multiplyExact(bytes, dimension);
                    elements = Math.multiplyExact(elements, dimension);
                }
                return bytes;
            } catch (ArithmeticException overflow) {
                throw fault(start, field + " dimensions", shape + " multiply to more than 2^63 - 1");
            }
        }

        private Map<String, GgufTensor> tensors(List<Declaration> declarations, long dataStart, int alignment)
                throws ModelFormatException {
            Map<String, GgufTensor> tensors = new LinkedHashMap<>();
            long room = segment.byteSize() - dataStart;
            for (Declaration declaration : declarations) {
                String field = "tensor '" + declaration.name + "'";
                if (declaration.offset % alignment != 0) {
                    throw fault(
                            declaration.offsetStart,
                            field + " offset",
                            "is " + Long.toUnsignedString(declaration.offset) + ", not a multiple of " + alignment);
                }
                if (declaration.offset < 0
                        || declaration.offset > room
                        || declaration.bytes > room - declaration.offset) {
                    throw fault(
                            declaration.offsetStart,
                            field + " offset",
                            declaration.bytes + " bytes at " + Long.toUnsignedString(declaration.offset)
                                    + " do not fit into the " + Math.max(room, 0) + " bytes of tensor data");
                }
                long offset = dataStart + declaration.offset;
                GgufTensor tensor = new GgufTensor(
                        declaration.name,
                        declaration.type,
                        declaration.shape,
                        offset,
                        segment.asSlice(offset, declaration.bytes));
                if (tensors.putIfAbsent(declaration.name, tensor) != null) {
                    throw fault(declaration.start, field, "appears twice");
                }
            }
            refuseOverlap(declarations);
            return Collections.unmodifiableMap(tensors);
        }

        private void refuseOverlap(List<Declaration> declarations) throws ModelFormatException {
            List<Declaration> sorted = new ArrayList<>(declarations);
            sorted.sort(Comparator.comparingLong(Declaration::offset));
            @Nullable Declaration previous = null;
            for (Declaration next : sorted) {
                if (previous != null && next.offset - previous.offset < previous.bytes) {
                    throw fault(
                            next.offsetStart,
                            "tensor '" + next.name + "' offset",
                            "overlaps tensor '" + previous.name + "'");
                }
                previous = next;
            }
        }

        private ModelFormatException fault(long offset, String field, String problem) {
            return new ModelFormatException(file, offset, field, problem);
        }
    }

    /** A tensor as declared; positions of its fields are kept for messages. */
    private record Declaration(
            String name, GgmlType type, List<Long> shape, long start, long offset, long offsetStart, long bytes) {}

    /** What the scalar types of GGUF widen to. */
    private enum Scalar {
        INTEGER,
        NUMBER,
        FLAG;

        static @Nullable Scalar ofType(int type) {
            return switch (type) {
                case 0, 1, 2, 3, 4, 5, 10, 11 -> INTEGER;
                case 6, 12 -> NUMBER;
                case 7 -> FLAG;
                default -> null;
            };
        }
    }
}
