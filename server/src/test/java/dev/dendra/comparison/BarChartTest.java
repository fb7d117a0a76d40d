// SPDX-License-Identifier: Apache-2.0
package dev.dendra.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class BarChartTest {

    @Test
    void barsAreAsLongAsTheirValues() throws Exception {
        BarChart chart = new BarChart("Prefill <i8> & \"more\"", "tokens/s", List.of("one", "two"));
        chart.add("i8", List.of(OptionalDouble.of(100), OptionalDouble.of(200)));
        chart.add("bf16", List.of(OptionalDouble.empty(), OptionalDouble.of(50)));
        Document svg = parse(chart.svg());
        List<Double> widths = bars(svg);
        assertEquals(3, widths.size(), "nothing is drawn of what was not measured");
        assertEquals(2, widths.get(1) / widths.get(0), 0.01);
        assertEquals(0.5, widths.get(2) / widths.get(0), 0.01);
        assertTrue(svg.getElementsByTagName("desc").item(0).getTextContent().contains("bf16, two: 50.0"));
        assertEquals(
                "Prefill <i8> & \"more\"",
                svg.getElementsByTagName("title").item(0).getTextContent());
    }

    @Test
    void smallFiguresAreDrawnToo() throws Exception {
        BarChart chart = new BarChart("Joules", "joules a token", List.of("one"));
        chart.add("i8", List.of(OptionalDouble.of(0.0123)));
        Document svg = parse(chart.svg());
        assertTrue(bars(svg).getFirst() > 400);
        assertTrue(svg.getDocumentElement().getTextContent().contains("0.0123"));
    }

    @Test
    void aGroupHasAValueForEachSeries() {
        BarChart chart = new BarChart("Title", "unit", List.of("one", "two"));
        assertThrows(IllegalArgumentException.class, () -> chart.add("i8", List.of(OptionalDouble.of(1))));
    }

    /** Widths of the bars: those rectangles that begin where the axis does. */
    private static List<Double> bars(Document svg) {
        NodeList rectangles = svg.getElementsByTagName("rect");
        List<Double> widths = new ArrayList<>();
        for (int i = 0; i < rectangles.getLength(); i++) {
            Element rectangle = (Element) rectangles.item(i);
            if (rectangle.getAttribute("x").equals("190")) {
                widths.add(Double.parseDouble(rectangle.getAttribute("width")));
            }
        }
        return widths;
    }

    private static Document parse(String svg) throws Exception {
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    }
}
