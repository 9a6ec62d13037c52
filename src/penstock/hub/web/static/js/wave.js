// The Gantt of a wave: machines down, time across, a bar per build; a click opens the build's first decision.

const place = document.getElementById("gantt");
const source = document.getElementById("gantt-data");

function draw() {
  const data = JSON.parse(source.textContent);
  const style = getComputedStyle(document.documentElement);
  const ink = style.getPropertyValue("--tblr-body-color") || "#182433";
  const line = style.getPropertyValue("--tblr-border-color") || "#dce1e7";
  const bar = style.getPropertyValue("--tblr-primary") || "#066fd1";
  place.style.height = `${80 + 34 * data.machines.length}px`;
  const chart = window.echarts.init(place);
  const narrow = place.clientWidth < 600;
  chart.setOption({
    animation: false,
    grid: { left: narrow ? 8 : 220, right: 16, top: narrow ? 24 : 8, bottom: 30 },
    xAxis: { type: "time", axisLabel: { color: ink, hideOverlap: true }, splitLine: { show: true, lineStyle: { color: line } } },
    yAxis: { type: "category", data: data.machines, inverse: true, axisLabel: { color: ink, width: 210, overflow: "truncate", inside: narrow, verticalAlign: narrow ? "bottom" : "middle", margin: narrow ? 4 : 8 }, axisTick: { show: false }, z: 10 },
    tooltip: { formatter: (point) => `${point.data.build}<br>${point.data.fill} % ${data.fill}` },
    series: [{
      type: "custom",
      encode: { x: [1, 2], y: 0 },
      data: data.builds.map((each) => ({ ...each, value: [data.machines.indexOf(each.machine), each.start, each.end] })),
      renderItem: (params, api) => {
        const [x, y] = api.coord([api.value(1), api.value(0)]);
        const end = api.coord([api.value(2), api.value(0)])[0];
        const tall = Math.min(api.size([0, 1])[1] * 0.5, 20);
        return { type: "rect", shape: { x, y: y - tall / 2, width: Math.max(end - x, 3), height: tall, r: 3 }, style: { fill: bar } };
      },
    }],
  });
  window.addEventListener("resize", () => chart.resize());
}

if (place && source && window.echarts) draw();
