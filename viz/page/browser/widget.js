// The page as a widget in a notebook: a frame of its own, and the numbers of leaves that go to and fro.
//
// `numbers` is a list of [label, number as text]: set by Python when a Value changed, by the page when a
// number was changed there.

export default {
  render({model, el}) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts allow-downloads");
    frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 0`;
    frame.srcdoc = model.get("html");
    const send = () => frame.contentWindow?.postMessage({minigrad: model.get("numbers")}, "*");
    const receive = ({source, data}) => {
      if (source !== frame.contentWindow || !Array.isArray(data?.minigrad)) return;
      model.set("numbers", data.minigrad);
      model.save_changes();
    };
    frame.addEventListener("load", send);
    addEventListener("message", receive);
    model.on("change:numbers", send);
    el.append(frame);
    return () => {
      removeEventListener("message", receive);
      model.off("change:numbers", send);
    };
  },
};
